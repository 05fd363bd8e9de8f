// What the official JavaScript clients make of the providers' doubles: the twin of check.py, shorter.
// Run by run.sh; the first argument is the binary `provider-double`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, createPartFromBase64 } from "@google/genai";
import OpenAI, { AzureOpenAI } from "openai";

const question = [{ role: "user", content: "How is the sea?" }];
const usage = { input: 100, cached: 40, output: 30, reasoning: 10 };
const answer = { turn: "answer", text: ["Olá ", "", "世界 ", "🌊\n"], reasoning: ["Let me ", "see."], usage };
const tool = { turn: "tool_call", id: "call_1", name: "tide", arguments: ['{"pla', 'ce":', '"Cork"}'] };
const rate = { turn: "status", code: 429, retry_after: "7" };
const text = "Olá 世界 🌊\n";

// A picture, and the parts of a question that Drawbridge makes of it, to which its own tests hold it.
const picture = JSON.parse(readFileSync(new URL("../fixtures/picture.json", import.meta.url)));

async function last(double) {
  return (await (await fetch(`${double.origin}/__double/requests`)).json()).at(-1).body;
}

async function script(double, ...turns) {
  const body = JSON.stringify({ clear: true, turns });
  assert.equal((await fetch(`${double.origin}/__double/script`, { method: "POST", body })).status, 200);
}

async function all(stream) {
  const found = [];
  for await (const piece of await stream) found.push(piece);
  return found;
}

const checks = {
  async "chat completions"({ openai, azure, compatible }) {
    const options = (double) => ({ baseURL: double.base_url, apiKey: double.key, maxRetries: 0 });
    const dated = { endpoint: azure.origin, apiKey: azure.key, apiVersion: "2024-10-21", maxRetries: 0 };
    const clients = [
      [openai, new OpenAI(options(openai))],
      [azure, new AzureOpenAI(dated)],
      [compatible, new OpenAI(options(compatible))],
    ];
    for (const [double, client] of clients) {
      const request = { model: "gpt-4.1", messages: question, stream: true, stream_options: { include_usage: true } };
      const chat = () => all(client.chat.completions.create(request));
      const deltas = (chunks) => chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta));
      await script(double, answer, tool, { turn: "refusal", text: ["I can", "not."] }, rate, { ...answer, turn: "error_event" });
      const chunks = await chat();
      assert.equal(deltas(chunks).map((delta) => delta.content ?? "").join(""), text);
      assert.equal(chunks.at(-1).usage.total_tokens, 130);
      const calls = deltas(await chat()).flatMap((delta) => delta.tool_calls ?? []);
      assert.equal(calls[0].function.name, "tide");
      assert.deepEqual(JSON.parse(calls.map((call) => call.function.arguments).join("")), { place: "Cork" });
      assert.equal(deltas(await chat()).map((delta) => delta.refusal ?? "").join(""), "I cannot.");
      await assert.rejects(chat, (error) => error instanceof OpenAI.RateLimitError && error.headers.get("retry-after") === "7");
      await assert.rejects(chat, OpenAI.APIError);
    }
    const wrong = new OpenAI({ ...options(openai), apiKey: "wrong" });
    await assert.rejects(() => wrong.models.list(), OpenAI.AuthenticationError);
    assert((await all(clients[0][1].models.list())).some((model) => model.id === "gpt-4.1"));
  },

  async responses({ openai }) {
    const client = new OpenAI({ baseURL: openai.base_url, apiKey: openai.key, maxRetries: 0 });
    const request = { model: "gpt-5.5", input: "How is the sea?", store: false };
    await script(openai, answer, tool, { turn: "filtered", at: "answer" });
    const final = await client.responses.stream(request).finalResponse();
    assert.equal(final.output_text, text);
    assert.deepEqual(final.output.map((item) => item.type), ["reasoning", "message"]);
    assert.equal(final.usage.output_tokens_details.reasoning_tokens, 10);
    assert.equal((await client.responses.stream(request).finalResponse()).output[0].arguments, '{"place":"Cork"}');
    const events = await all(client.responses.create({ ...request, stream: true }));
    assert.equal(events.at(-1).response.incomplete_details.reason, "content_filter");
    assert((await client.responses.inputTokens.count({ model: "gpt-5.5", input: "Hi" })).input_tokens > 0);
  },

  async messages({ anthropic }) {
    const client = new Anthropic({ baseURL: anthropic.origin, apiKey: anthropic.key, maxRetries: 0 });
    const request = { model: "claude-opus-5-5", max_tokens: 64, messages: question };
    const message = () => client.messages.stream(request).finalMessage();
    await script(anthropic, answer, tool, { turn: "refusal", text: ["I can", "not."] }, rate, { ...answer, turn: "error_event" });
    const final = await message();
    assert.deepEqual(final.content.map((block) => block.text ?? block.thinking), ["Let me see.", text]);
    assert.equal(final.usage.cache_read_input_tokens, 40);
    assert.deepEqual((await message()).content[0].input, { place: "Cork" });
    assert.equal((await message()).stop_reason, "refusal");
    await assert.rejects(message, (error) => error instanceof Anthropic.RateLimitError && error.headers.get("retry-after") === "7");
    await assert.rejects(message, /Overloaded/);
    assert.equal((await all(client.models.list())).length, 5);
    assert((await client.messages.countTokens({ model: "claude-opus-5-5", messages: question })).input_tokens > 0);
    const wrong = new Anthropic({ baseURL: anthropic.origin, apiKey: "wrong", maxRetries: 0 });
    await assert.rejects(() => wrong.models.list(), Anthropic.AuthenticationError);
  },

  async gemini({ gemini }) {
    const options = { baseUrl: gemini.origin, apiVersion: "v1beta" };
    const client = new GoogleGenAI({ apiKey: gemini.key, httpOptions: options });
    const model = "gemini-2.5-flash";
    const generate = () => all(client.models.generateContentStream({ model, contents: "How is the sea?" }));
    await script(gemini, answer, tool, { turn: "filtered", at: "prompt" }, rate);
    const chunks = await generate();
    const parts = chunks.flatMap((chunk) => chunk.candidates[0].content?.parts ?? []);
    assert.equal(parts.filter((part) => !part.thought).map((part) => part.text).join(""), text);
    assert.equal(chunks.at(-1).usageMetadata.totalTokenCount, 130);
    assert.deepEqual((await generate())[0].functionCalls[0].args, { place: "Cork" });
    assert.equal((await generate())[0].promptFeedback.blockReason, "PROHIBITED_CONTENT");
    await assert.rejects(generate, /RESOURCE_EXHAUSTED/);
    assert.equal((await all(client.models.list())).length, 5);
    assert((await client.models.countTokens({ model, contents: "Hi" })).totalTokens > 0);
  },

  async pictures({ openai, azure, anthropic, gemini }) {
    const { chat, responses, messages, gemini: inline } = picture.parts;
    const client = new OpenAI({ baseURL: openai.base_url, apiKey: openai.key, maxRetries: 0 });
    const dated = new AzureOpenAI({ endpoint: azure.origin, apiKey: azure.key, apiVersion: "2024-10-21", maxRetries: 0 });
    const ask = (part) => ({ model: "gpt-4.1", messages: [{ role: "user", content: [part, { type: "text", text: "What is it?" }] }] });
    for (const [double, one] of [[openai, client], [azure, dated]]) {
      assert.equal((await one.chat.completions.create(ask(chat))).choices[0].finish_reason, "stop");
      assert.deepEqual((await last(double)).messages[0].content[0], chat);
    }
    await assert.rejects(() => client.chat.completions.create(ask(messages)), (error) => error.code === "invalid_value");
    const input = [{ role: "user", content: [responses, { type: "input_text", text: "What is it?" }] }];
    assert.equal((await client.responses.create({ model: "gpt-5.5", input })).status, "completed");
    assert.deepEqual((await last(openai)).input[0].content[0], responses);
    const claude = new Anthropic({ baseURL: anthropic.origin, apiKey: anthropic.key, maxRetries: 0 });
    const message = await claude.messages.create({ ...ask(messages), model: "claude-opus-5-5", max_tokens: 64 });
    assert.equal(message.stop_reason, "end_turn");
    assert.deepEqual((await last(anthropic)).messages[0].content[0], messages);
    const google = new GoogleGenAI({ apiKey: gemini.key, httpOptions: { baseUrl: gemini.origin, apiVersion: "v1beta" } });
    const contents = [createPartFromBase64(picture.base64, "image/png"), "What is it?"];
    const done = await google.models.generateContent({ model: "gemini-2.5-flash", contents });
    assert.equal(done.candidates[0].finishReason, "STOP");
    assert.deepEqual((await last(gemini)).contents[0].parts[0], inline);
  },
};

const double = spawn(process.argv[2], { stdio: ["pipe", "pipe", "inherit"] });
try {
  const [line] = await once(createInterface(double.stdout), "line");
  for (const [name, check] of Object.entries(checks)) {
    console.log(`  ${name}`);
    await check(JSON.parse(line));
  }
} finally {
  double.stdin.end();
}
