"""One job each, start to finish; no Kivy in here."""
