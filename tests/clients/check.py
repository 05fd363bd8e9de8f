"""What the official Python clients make of the providers' doubles: a double that they do not understand is wrong.

Run by run.sh; the first argument is the binary `provider-double`.
"""

import base64
import json
import pathlib
import subprocess
import sys
import urllib.request

import anthropic
import openai
from google import genai
from google.genai import errors as gemini_errors
from google.genai import types as gemini_types

QUESTION = [{"role": "user", "content": "How is the sea?"}]
USAGE = {"input": 100, "cached": 40, "output": 30, "reasoning": 10}
ANSWER = {"turn": "answer", "text": ["Olá ", "", "世界 ", "🌊\n"], "usage": USAGE}
TOOL = {"turn": "tool_call", "id": "call_1", "name": "tide", "arguments": ['{"pla', 'ce":', '"Cork"}']}
# A picture, and the parts of a question that Drawbridge makes of it, to which its own tests hold it.
PICTURE = json.loads((pathlib.Path(__file__).parent.parent / "fixtures/picture.json").read_text())
PARTS = PICTURE["parts"]
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


CHAT_KINDS = ["openai", "azure", "compatible"]


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


# OpenAI and Azure: Responses


def responses_client(doubles, kind):
    double = doubles[kind]
    return openai.OpenAI(base_url=double.base_url, api_key=doubles["entra"] if kind == "azure" else double.key, max_retries=0)


def respond(client):
    with client.responses.stream(model="gpt-5.5", input="How is the sea?", store=False) as stream:
        events = list(stream)
        return events, stream.get_final_response()


def joined(events, kind):
    return "".join(event.delta for event in events if event.type == kind)


@check
def responses_stream_everything(doubles):
    for kind in ["openai", "azure"]:
        doubles[kind].script({**ANSWER, "reasoning": ["Let me ", "see."]}, TOOL, {"turn": "refusal", "text": ["No", "!"]})
        client = responses_client(doubles, kind)
        events, final = respond(client)
        equal(joined(events, "response.output_text.delta"), "Olá 世界 🌊\n")
        equal(joined(events, "response.reasoning_summary_text.delta"), "Let me see.")
        equal((final.status, final.output_text), ("completed", "Olá 世界 🌊\n"))
        equal([item.type for item in final.output], ["reasoning", "message"])
        equal((final.usage.input_tokens, final.usage.input_tokens_details.cached_tokens), (100, 40))
        equal((final.usage.output_tokens, final.usage.output_tokens_details.reasoning_tokens), (30, 10))
        call = respond(client)[1].output[0]
        equal((call.call_id, call.name, call.arguments), ("call_1", "tide", '{"place":"Cork"}'))
        events, final = respond(client)
        equal(joined(events, "response.refusal.delta"), "No!")
        equal(final.output[0].content[0].refusal, "No!")


@check
def responses_answer_whole_and_count(doubles):
    client = responses_client(doubles, "openai")
    doubles["openai"].script(ANSWER, {**ANSWER, "finish": "length"})
    equal(client.responses.create(model="gpt-5.5", input="Hi").output_text, "Olá 世界 🌊\n")
    cut = client.responses.create(model="gpt-5.5", input="Hi")
    equal((cut.status, cut.incomplete_details.reason), ("incomplete", "max_output_tokens"))
    assert client.responses.input_tokens.count(model="gpt-5.5", input="Hi").input_tokens > 0


@check
def responses_fail(doubles):
    client = responses_client(doubles, "openai")
    error = {**ANSWER, "turn": "error_event"}
    doubles["openai"].script({"turn": "filtered", "at": "answer"}, {**ANSWER, "turn": "unknown_events"}, error)
    final = list(client.responses.create(model="gpt-5.5", input="Hi", stream=True))[-1]
    equal((final.type, final.response.incomplete_details.reason), ("response.incomplete", "content_filter"))
    list(client.responses.create(model="gpt-5.5", input="Hi", stream=True))
    final = list(client.responses.create(model="gpt-5.5", input="Hi", stream=True))[-1]
    equal((final.type, final.code), ("error", "server_error"))


@check
def openai_lists_models(doubles):
    for kind, name in [("openai", "gpt-4.1"), ("azure", "gpt-4.1-2025-04-14"), ("compatible", "qwen3:8b")]:
        client = openai.OpenAI(base_url=doubles[kind].base_url, api_key=doubles["entra"] if kind == "azure" else doubles[kind].key)
        assert name in [model.id for model in client.models.list()], kind
        equal(client.models.retrieve(name).id, name)
        raises(openai.NotFoundError, lambda: client.models.retrieve("nowhere"))


@check
def azure_wants_its_own_addresses(doubles):
    chat(chat_client(doubles, "azure"))
    equal(doubles["azure"].requests()[-1]["path"], "/openai/deployments/gpt-4.1/chat/completions")
    entra = openai.AzureOpenAI(
        azure_endpoint=doubles["azure"].origin, azure_ad_token=doubles["entra"], api_version="2024-10-21", max_retries=0
    )
    equal(finish(chat(entra)), "stop")
    raises(openai.NotFoundError, lambda: entra.chat.completions.create(model="no-such", messages=QUESTION))


# Anthropic


def claude(doubles, key=None):
    return anthropic.Anthropic(base_url=doubles["anthropic"].origin, api_key=key or doubles["anthropic"].key, max_retries=0)


def message(client):
    with client.messages.stream(model="claude-opus-5-5", max_tokens=64, messages=QUESTION) as stream:
        text = "".join(stream.text_stream)
        return text, stream.get_final_message()


@check
def messages_stream_everything(doubles):
    for style in [{}, {"lines": "cr_lf"}, {"comments": True, "unknown": True}]:
        answer = {**ANSWER, "reasoning": ["Let me ", "see."], "style": style}
        doubles["anthropic"].script(answer, TOOL, {"turn": "refusal", "text": ["I can", "not."]})
        client = claude(doubles)
        text, final = message(client)
        equal((text, final.stop_reason), ("Olá 世界 🌊\n", "end_turn"))
        equal((final.content[0].type, final.content[0].thinking), ("thinking", "Let me see."))
        usage = final.usage
        equal((usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens), (60, 40, 30))
        _, final = message(client)
        equal((final.content[0].id, final.content[0].input), ("call_1", {"place": "Cork"}))
        equal(final.stop_reason, "tool_use")
        text, final = message(client)
        equal((text, final.stop_reason), ("I cannot.", "refusal"))


@check
def messages_answer_whole_list_and_count(doubles):
    client = claude(doubles)
    doubles["anthropic"].script({**ANSWER, "reasoning": ["Hm."]})
    done = client.messages.create(model="claude-opus-5-5", max_tokens=64, messages=QUESTION)
    equal([block.type for block in done.content], ["thinking", "text"])
    equal(len([model.id for model in client.models.list()]), 5)
    equal(client.models.retrieve("claude-opus-5-5").display_name, "Claude Opus 5.5")
    assert client.messages.count_tokens(model="claude-opus-5-5", messages=QUESTION).input_tokens > 0


@check
def messages_fail(doubles):
    raises(anthropic.AuthenticationError, lambda: message(claude(doubles, key="wrong")))
    client = claude(doubles)
    error = {**ANSWER, "turn": "error_event"}
    doubles["anthropic"].script(RATE, {"turn": "quota_exhausted"}, {"turn": "context_too_long"}, {"turn": "status", "code": 529}, error)
    equal(raises(anthropic.RateLimitError, lambda: message(client)).response.headers["retry-after"], "7")
    assert "credit balance" in raises(anthropic.BadRequestError, lambda: message(client)).message
    assert "prompt is too long" in raises(anthropic.BadRequestError, lambda: message(client)).message
    equal(raises(anthropic.APIStatusError, lambda: message(client)).status_code, 529)
    assert "Overloaded" in str(raises(anthropic.APIStatusError, lambda: message(client)))


# Gemini


def gemini(doubles, key=None):
    # The client of today asks at v1 where nobody says otherwise; the documentation at v1beta.
    options = gemini_types.HttpOptions(base_url=doubles["gemini"].origin, api_version="v1beta")
    return genai.Client(api_key=key or doubles["gemini"].key, http_options=options)


def generate(client):
    return list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="How is the sea?"))


def parts(chunks):
    candidates = [candidate for chunk in chunks for candidate in chunk.candidates or []]
    return [part for candidate in candidates if candidate.content for part in candidate.content.parts or []]


# Google's client reads no comments and no event names, which its server does not send.
@check
def gemini_streams_everything(doubles):
    doubles["gemini"].script({**ANSWER, "reasoning": ["Let me ", "see."]}, TOOL)
    client = gemini(doubles)
    chunks = generate(client)
    equal("".join(part.text for part in parts(chunks) if not part.thought), "Olá 世界 🌊\n")
    equal("".join(part.text for part in parts(chunks) if part.thought), "Let me see.")
    equal(chunks[-1].candidates[0].finish_reason.name, "STOP")
    usage = chunks[-1].usage_metadata
    equal((usage.prompt_token_count, usage.cached_content_token_count), (100, 40))
    equal((usage.candidates_token_count, usage.thoughts_token_count, usage.total_token_count), (20, 10, 130))
    call = parts(generate(client))[0].function_call
    equal((call.name, call.args), ("tide", {"place": "Cork"}))


@check
def gemini_answers_whole_lists_and_counts(doubles):
    client = gemini(doubles)
    doubles["gemini"].script(ANSWER)
    equal(client.models.generate_content(model="gemini-2.5-flash", contents="Hi").text, "Olá 世界 🌊\n")
    equal(len(list(client.models.list())), 5)
    equal(client.models.get(model="gemini-2.5-flash").input_token_limit, 1_048_576)
    assert client.models.count_tokens(model="gemini-2.5-flash", contents="Hi").total_tokens > 0


@check
def gemini_fails(doubles):
    wrong = raises(gemini_errors.ClientError, lambda: generate(gemini(doubles, key="wrong")))
    equal((wrong.code, wrong.details["error"]["details"][0]["reason"]), (400, "API_KEY_INVALID"))
    client = gemini(doubles)
    doubles["gemini"].script(RATE, {"turn": "quota_exhausted"}, {"turn": "context_too_long"}, {"turn": "filtered", "at": "prompt"}, {"turn": "filtered", "at": "answer"})
    rate = raises(gemini_errors.ClientError, lambda: generate(client))
    equal((rate.code, rate.status, rate.details["error"]["details"][1]["retryDelay"]), (429, "RESOURCE_EXHAUSTED", "7s"))
    equal(raises(gemini_errors.ClientError, lambda: generate(client)).status, "RESOURCE_EXHAUSTED")
    assert "token count" in raises(gemini_errors.ClientError, lambda: generate(client)).message
    equal(generate(client)[0].prompt_feedback.block_reason.name, "PROHIBITED_CONTENT")
    equal(generate(client)[-1].candidates[0].finish_reason.name, "SAFETY")


# Pictures: that the types of each client have the part that Drawbridge sends, and that it arrives as it was given.


def shape(kind, part):
    """The part, where a TypedDict of a client has its fields and no other is missing."""
    fields = set(kind.__required_keys__) | set(kind.__optional_keys__)
    assert set(part) <= fields and set(kind.__required_keys__) <= set(part), f"{part!r} is no {kind.__name__}"
    return part


@check
def chat_shows_a_picture(doubles):
    part = shape(openai.types.chat.ChatCompletionContentPartImageParam, PARTS["chat"])
    shape(openai.types.chat.chat_completion_content_part_image_param.ImageURL, part["image_url"])
    content = [part, {"type": "text", "text": "What is it?"}]
    for kind in CHAT_KINDS:
        done = chat_client(doubles, kind).chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": content}])
        equal(done.choices[0].finish_reason, "stop")
        equal(doubles[kind].requests()[-1]["body"]["messages"][0]["content"][0], part)
    broken = {"type": "image_url", "image_url": {"url": "data:image/png;base64,bm9uZQ=="}}
    ask = lambda: chat_client(doubles, "openai").chat.completions.create(model="gpt-4.1", messages=[{"role": "user", "content": [broken]}])
    equal(raises(openai.BadRequestError, ask).code, "invalid_image_format")


@check
def responses_show_a_picture(doubles):
    # `detail` is said to be required in the types and optional on the wire.
    part = {**PARTS["responses"], "detail": "auto"}
    shape(openai.types.responses.ResponseInputImageParam, part)
    for kind in ["openai", "azure"]:
        for part in [part, PARTS["responses"]]:
            content = [part, {"type": "input_text", "text": "What is it?"}]
            done = responses_client(doubles, kind).responses.create(model="gpt-5.5", input=[{"role": "user", "content": content}])
            equal(done.status, "completed")
            equal(doubles[kind].requests()[-1]["body"]["input"][0]["content"][0], part)


@check
def messages_show_a_picture(doubles):
    part = shape(anthropic.types.ImageBlockParam, PARTS["messages"])
    shape(anthropic.types.Base64ImageSourceParam, part["source"])
    ask = lambda part: claude(doubles).messages.create(
        model="claude-opus-5-5", max_tokens=64, messages=[{"role": "user", "content": [part, {"type": "text", "text": "What is it?"}]}]
    )
    equal(ask(part).stop_reason, "end_turn")
    equal(doubles["anthropic"].requests()[-1]["body"]["messages"][0]["content"][0], part)
    wrong = {**part, "source": {**part["source"], "media_type": "image/jpeg"}}
    assert "appears to be a image/png" in raises(anthropic.BadRequestError, lambda: ask(wrong)).message


@check
def gemini_shows_a_picture(doubles):
    picture = gemini_types.Part.from_bytes(data=base64.b64decode(PICTURE["base64"]), mime_type="image/png")
    client = gemini(doubles)
    done = client.models.generate_content(model="gemini-2.5-flash", contents=[picture, "What is it?"])
    equal(done.candidates[0].finish_reason.name, "STOP")
    sent = doubles["gemini"].requests()[-1]["body"]["contents"][0]["parts"][0]
    equal(sent.keys(), PARTS["gemini"].keys())
    sent, ours = sent["inlineData"], PARTS["gemini"]["inlineData"]
    # This client writes a field in the other spelling, and the other alphabet of base64; Google takes both of both.
    equal({"mimeType" if name == "mime_type" else name for name in sent}, set(ours))
    equal(sent.get("mime_type", sent.get("mimeType")), ours["mimeType"])
    equal(base64.urlsafe_b64decode(sent["data"]), base64.b64decode(ours["data"]))
    broken = gemini_types.Part.from_bytes(data=b"none", mime_type="image/png")
    ask = lambda: client.models.generate_content(model="gemini-2.5-flash", contents=[broken])
    equal(raises(gemini_errors.ClientError, ask).status, "INVALID_ARGUMENT")


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
