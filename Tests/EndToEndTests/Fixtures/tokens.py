"""Whom the servers with `--auth` let in: the token "good"; "narrow" lacks the scope."""
SCOPE = "user"
TOKENS = {
    "good": {"client_id": "harbour", "scopes": [SCOPE]},
    "narrow": {"client_id": "harbour", "scopes": []},
}


def sdk_options(port):
    """The official SDK's own check of bearer tokens, as arguments of its server class."""
    from mcp.server.auth.provider import AccessToken
    from mcp.server.auth.settings import AuthSettings

    class Verifier:
        async def verify_token(self, token):
            known = TOKENS.get(token)
            return AccessToken(token=token, **known) if known else None

    origin = f"http://127.0.0.1:{port}"
    return {
        "token_verifier": Verifier(),
        "auth": AuthSettings(
            issuer_url=origin, resource_server_url=f"{origin}/mcp", required_scopes=[SCOPE]),
    }


def fastmcp_options():
    from fastmcp.server.auth.providers.jwt import StaticTokenVerifier

    return {"auth": StaticTokenVerifier(TOKENS, required_scopes=[SCOPE])}
