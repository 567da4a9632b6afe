"""The floors: what the same server and workers need for next to nothing (F1, F3, F4)."""

import os

from flask import Flask, Response, render_template_string, session
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, create_engine, select

TABLE = """<table>{% for row in rows %}<tr><td>{{ row.reference }}</td><td>{{ row.subject }}</td><td>{{ row.state }}
</td><td>{{ row.updated_at }}</td></tr>{% endfor %}</table>"""

app = Flask("floor", static_folder=None)
app.secret_key = "floor"
engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), pool_size=8)
tickets = Table(
    "tickets",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("reference", Text),
    Column("subject", Text),
    Column("state", Text),
    Column("updated_at", DateTime(timezone=True)),
)
users = Table("users", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))
manager = LoginManager(app)


class Somebody(UserMixin):
    def __init__(self, number: int) -> None:
        self.id = number


@manager.user_loader
def load(number: str) -> Somebody | None:
    with engine.connect() as connection:
        row = connection.execute(select(users.c.id, users.c.name).where(users.c.id == int(number))).first()
    return Somebody(row.id) if row else None


@app.get("/f1")
def hello() -> str:
    return "hello"


@app.get("/f3")
def fifty_rows() -> str:
    """One indexed 50-row SELECT of all tickets and a 50-row Jinja table."""
    with engine.connect() as connection:
        rows = connection.execute(select(tickets).order_by(tickets.c.id.desc()).limit(50)).all()
    return render_template_string(TABLE, rows=rows)


@app.get("/f4")
def not_modified() -> ResponseReturnValue:
    """Flask-Login, one primary-key SELECT, 304."""
    return Response(status=304 if current_user.is_authenticated else 401)


@app.get("/enter/<int:number>")
def enter(number: int) -> str:
    session["_user_id"], session["_fresh"] = str(number), True
    return "in"
