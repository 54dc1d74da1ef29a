"""Écoute pour le service : la réponse de ProConnect, le retour de déconnexion, le jeton de déconnexion.

    python recepteur.py 9000

Écrit reponse.txt, retour.txt et logout_token.txt. Il ne vérifie rien : parcours.sh le fait.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Receiver(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        kept = {"/callback": "reponse.txt", "/deconnecte": "retour.txt"}.get(address.path)
        if kept:
            Path(kept).write_text(address.query or "vide")
        self.answer("Revenez au terminal.")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        Path("logout_token.txt").write_text(form["logout_token"][0])
        self.answer("")

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *said):
        pass


HTTPServer(("localhost", int(sys.argv[1])), Receiver).serve_forever()
