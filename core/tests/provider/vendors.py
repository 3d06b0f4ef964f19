"""The vendors' own clients, types and signer: vendors.py FUNCTION, an argument as JSON on standard input, an answer on standard output."""

import datetime
import json
import sys


def openai_client(server):
    """OpenAI's client: streamed, whole, the list of models, and what it makes of errors."""
    import openai

    client = openai.OpenAI(base_url=server["url"] + "/v1", api_key="sk-1", max_retries=0)
    return _chat(client, "gpt-5.2") | {"models": [model.id for model in client.models.list()]}


def openai_vectors(server):
    """OpenAI's client: vectors as bytes, as it asks for them by itself, as numbers, and of another length."""
    import openai

    client = openai.OpenAI(base_url=server["url"] + "/v1", api_key="sk-1", max_retries=0)
    return _vectors(client, server["model"], server["texts"])


def azure_vectors(server):
    """The same for Azure, by the classic addresses and by v1."""
    import openai

    classic = openai.AzureOpenAI(azure_endpoint=server["url"], api_key=server["key"], api_version="2024-10-21", max_retries=0)
    v1 = openai.OpenAI(base_url=server["url"] + "/openai/v1", api_key=server["token"], max_retries=0)
    return {name: _vectors(client, server["model"], server["texts"]) for name, client in [("classic", classic), ("v1", v1)]}


def _vectors(client, model, texts):
    asked = {"model": model, "input": texts}
    answers = [client.embeddings.create(**asked, **more) for more in [{}, {"encoding_format": "float"}, {"dimensions": 16}]]
    return [[entry.embedding for entry in answer.data] for answer in answers]


def bedrock_vectors(server):
    """AWS's client: what models answer to the bodies that they are sent."""
    client = _bedrock(server)
    answers = []
    for model, body in server["bodies"]:
        answer = client.invoke_model(modelId=model, body=json.dumps(body), contentType="application/json", accept="application/json")
        answers.append(json.load(answer["body"]))
    return answers


def azure_client(server):
    """The same for Azure, by the classic addresses and by v1."""
    import openai

    classic = openai.AzureOpenAI(azure_endpoint=server["url"], api_key=server["key"], api_version="2024-10-21", max_retries=0)
    v1 = openai.OpenAI(base_url=server["url"] + "/openai/v1", api_key=server["token"], max_retries=0)
    found = {"classic": _chat(classic, server["deployment"]), "v1": _chat(v1, server["deployment"])}
    wrong = openai.AzureOpenAI(azure_endpoint=server["url"], api_key="wrong", api_version="2024-10-21", max_retries=0)
    for name, client, model in [("key", wrong, server["deployment"]), ("deployment", classic, "other")]:
        try:
            client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Ja?"}])
        except openai.APIStatusError as error:
            found[name] = {"class": type(error).__name__, "code": error.code, "status": error.status_code}
    return found


def _chat(client, model):
    messages = [{"role": "system", "content": "Kurz."}, {"role": "user", "content": "Ja?"}]
    whole = client.chat.completions.create(model=model, messages=messages)
    chunks = list(client.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True}))
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    return {
        "whole": [whole.choices[0].message.content, whole.choices[0].finish_reason, whole.usage.prompt_tokens, whole.usage.completion_tokens],
        "stream": [
            "".join(choice.delta.content or "" for choice in choices),
            choices[-1].finish_reason,
            chunks[-1].usage.prompt_tokens,
            chunks[-1].usage.completion_tokens,
        ],
        "cached": [whole.usage.prompt_tokens_details.cached_tokens, whole.usage.prompt_tokens_details.cache_write_tokens],
    }


def anthropic_client(server):
    """Anthropic's client, with what is cited, and the classes of its errors in the order in which the server gives them."""
    import anthropic

    client = anthropic.Anthropic(base_url=server["url"], api_key=server["key"], max_retries=0)
    asked = {"model": server["model"], "max_tokens": 64, "messages": [{"role": "user", "content": "Ja?"}]}
    whole = client.messages.create(**asked)
    with client.messages.stream(**asked) as stream:
        text = "".join(stream.text_stream)
        streamed = stream.get_final_message()

    def seen(message):
        cited = [[citation.document_index, citation.cited_text] for block in message.content for citation in block.citations or []]
        usage = message.usage
        tokens = [usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens, usage.output_tokens]
        return [message.content[0].text, message.stop_reason, cited, *tokens]

    errors = []
    for _ in range(server["errors"]):
        try:
            list(client.messages.create(**asked, stream=True))
        except anthropic.APIStatusError as error:
            errors.append(type(error).__name__)
    return {"whole": seen(whole), "stream": seen(streamed), "text": text, "errors": errors}


def _bedrock(server):
    import boto3
    from botocore.config import Config

    keys = {"aws_access_key_id": server["id"], "aws_secret_access_key": server["secret"], "aws_session_token": server.get("session")}
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("bedrock-runtime", endpoint_url=server["url"], region_name=server["region"], config=config, **keys)


def bedrock_client(server):
    """AWS's client, with what is cited, and the names of its errors in the order in which the server gives them."""
    from botocore.exceptions import ClientError

    client = _bedrock(server)
    asked = {"modelId": server["model"], "messages": [{"role": "user", "content": [{"text": "Ja?"}]}]}
    whole = client.converse(**asked)
    content = whole["output"]["message"]["content"][0]["citationsContent"]
    found = [citation["location"]["searchResultLocation"]["searchResultIndex"] for citation in content["citations"]]
    events = list(client.converse_stream(**asked)["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    errors = []
    for _ in range(server["errors"]):
        try:
            list(client.converse_stream(**asked)["stream"])
        except ClientError as error:
            errors.append(error.response["Error"]["Code"])
    return {
        "whole": ["".join(part["text"] for part in content["content"]), whole["stopReason"], whole["usage"]["inputTokens"], found],
        "stream": [
            "".join(delta.get("text", "") for delta in deltas),
            next(event["messageStop"]["stopReason"] for event in events if "messageStop" in event),
            next(event["metadata"]["usage"]["inputTokens"] for event in events if "metadata" in event),
            [delta["citation"]["location"]["searchResultLocation"]["searchResultIndex"] for delta in deltas if "citation" in delta],
        ],
        "errors": errors,
    }


def bedrock_paths(server):
    """Lets AWS's client ask for models, so that the server sees how it writes them."""
    client = _bedrock(server)
    for model in server["models"]:
        try:
            client.converse_stream(modelId=model, messages=[{"role": "user", "content": [{"text": "Ja?"}]}])
        except Exception:  # noqa: BLE001  the path was sent, which is all that is wanted
            pass


def keys(environments):
    """Which keys AWS's SDK finds in environments: id, secret, session and who gave them; or the name of the error."""
    import os

    import botocore.session
    import botocore.utils

    found = []
    for environment in environments:
        os.environ.clear()
        os.environ.update(environment["variables"])
        # The agent of ECS has an address that no other machine can have.
        botocore.utils.ContainerMetadataFetcher.full_url = lambda _, path, agent=environment["agent"]: agent + path
        botocore.credentials.JSONFileCache.CACHE_DIR = os.path.join(os.environ["HOME"], ".aws", "cache")
        botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = os.path.join(os.environ["HOME"], ".aws", "sso", "cache")
        botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = os.path.join(os.environ["HOME"], ".aws", "sso", "cache")
        try:
            credentials = botocore.session.Session(profile=environment["profile"]).get_credentials()
            frozen = credentials and credentials.get_frozen_credentials()
            found.append(frozen and [frozen.access_key, frozen.secret_key, frozen.token, credentials.method])
        except Exception as error:  # noqa: BLE001
            found.append(type(error).__name__)
    return found


def signatures(requests):
    """What AWS's signer says to requests: the header `authorization` of each."""
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signed = []
    for asked in requests:
        now = datetime.datetime.strptime(asked["time"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        botocore.auth.get_current_datetime = lambda *_, now=now, **__: now
        request = AWSRequest("POST", asked["url"], {"content-type": asked["content_type"]}, asked["body"].encode())
        credentials = Credentials(asked["id"], asked["secret"], asked.get("session"))
        botocore.auth.SigV4Auth(credentials, "bedrock", asked["region"]).add_auth(request)
        signed.append(request.headers["Authorization"])
    return signed


def validated(requests):
    """What the vendors' own types and service model find wrong with requests: for each, nothing or a sentence."""
    return [_wrong(asked["provider"], asked["body"]) for asked in requests]


def _wrong(provider, body):
    if provider == "vectors":
        from openai.types.embedding_create_params import EmbeddingCreateParams
        from pydantic import ConfigDict, TypeAdapter, ValidationError

        EmbeddingCreateParams.__pydantic_config__ = ConfigDict(extra="forbid")
        try:
            TypeAdapter(EmbeddingCreateParams).validate_python(body)
        except ValidationError as error:
            return str(error)
        return None
    if provider == "bedrock":
        import botocore.session
        from botocore.validate import validate_parameters

        model = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("ConverseStream")
        try:
            validate_parameters(body | {"modelId": "m"}, model.input_shape)
        except Exception as error:  # noqa: BLE001
            return str(error)
        return None
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    if provider == "anthropic":
        from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming
    else:
        from openai.types.chat.completion_create_params import (
            CompletionCreateParamsNonStreaming as MessageCreateParamsNonStreaming,
            CompletionCreateParamsStreaming as MessageCreateParamsStreaming,
        )
    kind = MessageCreateParamsStreaming if body["stream"] else MessageCreateParamsNonStreaming
    kind.__pydantic_config__ = ConfigDict(extra="forbid")
    try:
        # Lists are checked as they are gone through, for as long as the adapter is there.
        adapter = TypeAdapter(kind)
        _walk(adapter.validate_python(body))
    except ValidationError as error:
        return str(error)
    return None


def _walk(value):
    if isinstance(value, dict):
        for part in value.values():
            _walk(part)
    elif not isinstance(value, (str, int, float, bool, type(None))):
        for part in value:
            _walk(part)


print(json.dumps(globals()[sys.argv[1]](json.load(sys.stdin))))
