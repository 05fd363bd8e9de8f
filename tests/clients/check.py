"""What the official Python clients make of the providers' doubles: a double that they do not understand is wrong.

Run by run.sh; the first argument is the binary `provider-double`.
"""

import json
import subprocess
import sys
import urllib.request

import openai

QUESTION = [{"role": "user", "content": "How is the sea?"}]
USAGE = {"input": 100, "cached": 40, "output": 30, "reasoning": 10}
ANSWER = {"turn": "answer", "text": ["Olá ", "", "世界 ", "🌊\n"], "usage": USAGE}
TOOL = {"turn": "tool_call", "id": "call_1", "name": "tide", "arguments": ['{"pla', 'ce":', '"Cork"}']}
RATE = {"turn": "status", "code": 429, "retry_after": "7"}

checks = []


def check(function):
    checks.append(function)
    return function


class Double:
    def __init__(self, origin, key, base_url):
        self.origin, self.key, self.base_url = origin, key, base_url

    def script(self, *turns, lists=()):
        body = json.dumps({"clear": True, "turns": turns, "lists": lists}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.origin}/__double/script", data=body)).read()

    def requests(self):
        return json.load(urllib.request.urlopen(f"{self.origin}/__double/requests"))


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def raises(kind, function):
    try:
        function()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


# OpenAI, Azure and others: Chat Completions


def chat_client(doubles, kind, key=None):
    double = doubles[kind]
    if kind == "azure":
        return openai.AzureOpenAI(
            azure_endpoint=double.origin, api_key=key or double.key, api_version="2024-10-21", max_retries=0
        )
    return openai.OpenAI(base_url=double.base_url, api_key=key or double.key, max_retries=0)


def chat(client, **more):
    options = {"include_usage": True}
    return list(
        client.chat.completions.create(
            model="gpt-4.1", messages=QUESTION, stream=True, stream_options=options, **more
        )
    )


def deltas(chunks):
    return [chunk.choices[0].delta for chunk in chunks if chunk.choices]


def finish(chunks):
    return [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1]


CHAT_KINDS = ["openai", "compatible"]


@check
def chat_streams_text_and_usage(doubles):
    for kind in CHAT_KINDS:
        for style in [{}, {"lines": "cr_lf"}, {"comments": True, "unknown": True}, {"spread": True, "tight": True}]:
            doubles[kind].script({**ANSWER, "style": style})
            chunks = chat(chat_client(doubles, kind))
            equal("".join(delta.content or "" for delta in deltas(chunks)), "Olá 世界 🌊\n")
            equal(finish(chunks), "stop")
            usage = chunks[-1].usage
            equal((usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens), (100, 40))
            equal((usage.completion_tokens, usage.completion_tokens_details.reasoning_tokens), (30, 10))


@check
def chat_answers_whole(doubles):
    for kind in CHAT_KINDS:
        doubles[kind].script(ANSWER)
        done = chat_client(doubles, kind).chat.completions.create(model="gpt-4.1", messages=QUESTION)
        equal(done.choices[0].message.content, "Olá 世界 🌊\n")
        equal(done.usage.total_tokens, 130)


@check
def chat_calls_tools(doubles):
    for kind in CHAT_KINDS:
        doubles[kind].script(TOOL)
        chunks = chat(chat_client(doubles, kind))
        calls = [call for delta in deltas(chunks) for call in delta.tool_calls or []]
        equal((calls[0].id, calls[0].function.name), ("call_1", "tide"))
        equal("".join(call.function.arguments for call in calls), '{"place":"Cork"}')
        equal(finish(chunks), "tool_calls")


@check
def chat_refuses_and_is_filtered(doubles):
    for kind in CHAT_KINDS:
        doubles[kind].script({"turn": "refusal", "text": ["I can", "not."]}, {"turn": "filtered", "at": "answer"})
        client = chat_client(doubles, kind)
        equal("".join(delta.refusal or "" for delta in deltas(chat(client))), "I cannot.")
        equal(finish(chat(client)), "content_filter")
        doubles[kind].script({"turn": "filtered", "at": "prompt"})
        error = raises(openai.BadRequestError, lambda: chat(client))
        equal(error.code, "content_filter" if kind == "azure" else "invalid_prompt")


@check
def chat_fails(doubles):
    for kind in CHAT_KINDS:
        raises(openai.AuthenticationError, lambda: chat(chat_client(doubles, kind, key="wrong")))
        client = chat_client(doubles, kind)
        error = {**ANSWER, "turn": "error_event"}
        doubles[kind].script(RATE, {"turn": "quota_exhausted"}, {"turn": "context_too_long"}, error)
        equal(raises(openai.RateLimitError, lambda: chat(client)).response.headers["retry-after"], "7")
        equal(raises(openai.RateLimitError, lambda: chat(client)).code, "insufficient_quota")
        equal(raises(openai.BadRequestError, lambda: chat(client)).code, "context_length_exceeded")
        assert "server had an error" in raises(openai.APIError, lambda: chat(client)).message
        equal([request["status"] for request in doubles[kind].requests()], [429, 429, 400, 200])


def main():
    process = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = json.loads(process.stdout.readline())
        doubles = {kind: Double(**value) for kind, value in line.items() if isinstance(value, dict)}
        doubles["entra"] = line["entra"]
        for function in checks:
            print(f"  {function.__name__.replace('_', ' ')}")
            function(doubles)
    finally:
        process.stdin.close()
        process.wait(timeout=10)


main()
