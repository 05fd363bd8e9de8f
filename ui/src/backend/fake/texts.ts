/** What the made-up model says. */

export const answers: [RegExp, string][] = [
  [
    /table/i,
    "Here is what stays and what may cross:\n\n| What | Where | Who decides |\n| --- | --- | --- |\n| Your question | this computer | you |\n| The answer | this computer | the model you chose |\n| Usage figures | this computer | nobody else sees them |\n\nEach row stays true with the network off.",
  ],
  [
    /code|function/i,
    "A small parser for order numbers:\n\n```python\nimport re\n\nORDER = re.compile(r\"^(?P<year>\\d{4})-(?P<number>\\d{5})$\")\n\ndef parse(order: str) -> tuple[int, int]:\n    \"\"\"Year and number of an order such as 2025-00417.\"\"\"\n    match = ORDER.match(order)\n    if match is None:\n        raise ValueError(f\"no order number: {order!r}\")\n    return int(match[\"year\"]), int(match[\"number\"])\n```\n\nIt refuses anything else with a sentence that names the input.",
  ],
  [/think|reason/i, "<think>The user wants a careful answer. There are two readings; the second is likelier, because the first would need data that nobody has.</think>The **second** reading is likelier. It needs no data from outside, and the figures agree with it."],
  [
    /./,
    "Drawbridge is a desktop application for chatting with language models. Open models run on **your own computer**; nothing you write leaves it.\n\n- A question is kept before the model sees it.\n- An answer is kept while it is written.\n- Stop, and what was written stays.\n\nThis starter model is a demonstration: it is tiny and knows little. Open a larger GGUF file for real work.",
  ],
];

export function answerTo(question: string): string {
  return answers.find(([words]) => words.test(question))?.[1] ?? "";
}
