"""One module or package a page; each holds `urlpatterns`, which `remit.web.urls` gathers."""
