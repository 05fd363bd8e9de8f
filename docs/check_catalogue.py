#!/usr/bin/env python3
"""Checks the bundled catalogue of models: its form against the schema, and its facts against each other.

    python3 docs/check_catalogue.py [CATALOGUE]

It asks nobody: what only a hub knows is not in the catalogue. Exit 0 where all is well, 1 with a line for each fault.
"""

import json
import re
import sys
from pathlib import Path

RESOURCES = Path(__file__).resolve().parent.parent / "src-tauri" / "resources"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
KEYWORDS = {
    "$schema", "title", "description", "type", "enum", "required", "properties", "additionalProperties", "minProperties",
    "items", "minItems", "uniqueItems", "pattern", "minLength", "maxLength", "minimum", "maximum",
}


def is_a(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def against(schema, value, at):
    """Faults of a value, by the part of JSON Schema 2020-12 that the catalogue's schema uses."""
    unknown = set(schema) - KEYWORDS
    assert not unknown, f"this script does not know the schema's words {unknown}"
    if "type" in schema and not is_a(value, schema["type"]):
        yield f"{at}: no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value):
            yield f"{at}: {value!r} is not of the form {schema['pattern']}"
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
            yield f"{at}: {len(value)} characters"
    elif is_a(value, "number"):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{at}: {value} is out of range"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{at}: only {len(value)}"
        if schema.get("uniqueItems") and len(set(value)) != len(value):
            yield f"{at}: something stands in it twice"
        for number, item in enumerate(value):
            yield from against(schema.get("items", {}), item, f"{at}[{number}]")
    elif isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        if len(value) < schema.get("minProperties", 0):
            yield f"{at}: only {len(value)}"
        yield from (f"{at}: {key} is missing" for key in schema.get("required", []) if key not in value)
        for key, item in value.items():
            if key in known or others is not False:
                yield from against(known.get(key, others), item, f"{at}.{key}")
            else:
                yield f"{at}: {key} has no place there"


def billions_in(name):
    """What a name says of the size: 8B, 0.6B, 270M; of 30B-A3B the first."""
    found = re.search(r"\b(\d+(?:\.\d+)?)([BM])\b", name)
    return float(found[1]) / (1 if found[2] == "B" else 1000) if found else None


def of_model(model, catalogue):
    """Faults of a model that a schema cannot find."""
    bits = catalogue["bits_per_weight"]
    quantisations = model["quantisations"]
    unknown = [q for q in quantisations if q not in bits]
    if unknown:
        yield f"no bits a weight are stated for {unknown}"
    elif quantisations != sorted(quantisations, key=bits.get):
        yield "quantisations are not in order, smallest first"
    if model["licence"] not in catalogue["licences"]:
        yield f"the licence {model['licence']} has no words"
    active = model.get("active_parameters", model["parameters"])
    if active > model["parameters"]:
        yield "more parameters are active than there are"
    if (stated := billions_in(model["name"])) is not None:
        # Names of small models are rounded down a lot; those of vision models count the eyes, which are another file.
        least, most = (0.8, 1.7) if stated < 3 else (0.89, 1.11)
        if not least < model["parameters"] / 1e9 / stated < most:
            yield f"the name says {stated} B and there are {model['parameters'] / 1e9:.2f} B"
    cache_bytes = model["layers"] * model["kv_heads"] * model["head_size"] * 2 * 2
    if not cache_bytes:
        if model["kind"] != "embedding":
            yield "only an encoder keeps no cache"
    elif not 4_000 < model["parameters"] / cache_bytes < 500_000:
        yield f"a cache of {cache_bytes} bytes a token does not go with its size"
    if "-{Q}" not in model["file"] and "-{q}" not in model["file"] and ".{Q}" not in model["file"]:
        yield "the quantisation is not a word of its own in the file's name"
    words = re.sub(r"[^a-z0-9]", "", model["repo"].split("/")[1].lower()).removesuffix("gguf")
    stem = re.sub(r"[^a-z0-9]", "", model["file"].split("{")[0].lower())
    if words != stem:
        yield f"the file {model['file']} is named otherwise than the repository {model['repo']}"


def of_catalogue(catalogue):
    """Faults of the whole."""
    models = catalogue["models"]
    for key in ("id", "name", "repo"):
        seen = [model[key] for model in models]
        yield from (f"{key} {value} stands in it twice" for value in sorted({v for v in seen if seen.count(v) > 1}))
    kinds = [model["kind"] for model in models]
    if kinds.count("chat") < 25 or kinds.count("embedding") != 2 or kinds.count("vision") != 2:
        yield f"{kinds.count('chat')} chat, {kinds.count('embedding')} embedding, {kinds.count('vision')} vision models"
    sizes = sorted(model["parameters"] / 1e9 for model in models if model["kind"] == "chat")
    if sizes[0] > 0.4 or sizes[-1] < 65:
        yield f"chat models from {sizes[0]:.2f} B to {sizes[-1]:.2f} B"
    for table, used in (
        ("licences", {model["licence"] for model in models}),
        ("bits_per_weight", {q for model in models for q in model["quantisations"]}),
    ):
        yield from (f"{table}: {key} is not used" for key in catalogue[table] if key not in used)
    for model in models:
        yield from (f"{model['id']}: {fault}" for fault in of_model(model, catalogue))


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RESOURCES / "catalogue.json"
    catalogue = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((RESOURCES / "catalogue.schema.json").read_text(encoding="utf-8"))
    faults = list(against(schema, catalogue, "catalogue")) or list(of_catalogue(catalogue))
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{len(catalogue['models'])} models, all in order")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
