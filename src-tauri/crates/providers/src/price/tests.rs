use super::*;

fn price(provider: &str, model: &str, input: f64, output: f64) -> Price {
    let json = serde_json::json!({"provider": provider, "model": model, "input": input, "output": output});
    serde_json::from_value(json).unwrap()
}

fn table() -> PriceTable {
    let cached = Price { cached_input: Some(0.25), cache_write: Some(3.125), ..price("a", "m", 2.5, 10.0) };
    PriceTable {
        own: Vec::new(),
        bundled: [cached, price("a", "m-mini", 0.25, 2.0), price("b", "big", 15.0, 75.0)].map(Row::from).to_vec(),
    }
}

#[test]
fn a_version_is_its_model_and_a_smaller_sister_is_not() {
    let table = table();
    let name = |model: &str| table.of("a", model).map(|price| price.model.clone());
    for (model, wanted) in [
        ("m", Some("m")),
        ("m-2026-01-02", Some("m")),
        ("m-latest", Some("m")),
        ("m-20260102", Some("m")),
        ("ft:m-mini:acme::x", Some("m-mini")),
        ("m-mini-2026-01-02", Some("m-mini")),
        ("m-nano", None),
        ("mm", None),
    ] {
        assert_eq!(name(model).as_deref(), wanted, "{model}");
    }
}

#[test]
fn the_bill_counts_cached_written_and_fresh_tokens_each_at_its_price() {
    let usage = Usage {
        prompt_tokens: 1_000,
        cached_tokens: 600,
        cache_write_tokens: 100,
        output_tokens: 50,
        ..Usage::default()
    };
    let bill = table().bill("a", "m", &usage);
    assert_eq!((bill.usd_micros, bill.price_known), (300 * 5 / 2 + 150 + 313 + 500, true));
}

#[test]
fn an_unknown_price_counts_as_the_dearest_and_an_own_one_goes_first() {
    let usage = Usage { prompt_tokens: 10, output_tokens: 10, ..Usage::default() };
    let mut table = table();
    let bill = table.bill("c", "what", &usage);
    assert_eq!((bill.usd_micros, bill.price_known), (900, false));
    table.own.push(price("a", "m", 1.0, 1.0).into());
    assert_eq!(table.bill("a", "m", &usage).usd_micros, 20);
    assert_eq!(table.rows().count(), 3);
}

/// Of a row of the bundled table's form.
fn bill_of(row: serde_json::Value, day: Option<i64>, usage: &Usage) -> u64 {
    let table = PriceTable { own: Vec::new(), bundled: vec![serde_json::from_value(row).unwrap()] };
    let table = match day {
        Some(seconds) => table.on(Timestamp(seconds * 1_000)),
        None => table,
    };
    table.bill("a", "m", usage).usd_micros
}

#[test]
fn a_question_longer_than_the_border_costs_as_long_ones_do_from_its_first_token() {
    let row = serde_json::json!({"provider": "a", "model": "m", "input": 1, "cached_input": 0.5, "output": 2,
        "long_context": {"above_input_tokens": 1_000, "input": 2, "cached_input": 1, "cache_write": null, "output": 3}});
    let usage = |prompt_tokens| Usage { prompt_tokens, cached_tokens: 100, output_tokens: 10, ..Usage::default() };
    assert_eq!(bill_of(row.clone(), None, &usage(1_000)), 900 + 50 + 20);
    assert_eq!(bill_of(row, None, &usage(1_001)), 2 * 901 + 100 + 30);
}

#[test]
fn a_price_holds_to_the_end_of_its_last_day_and_where_no_day_is_known_the_dearer_counts() {
    let row = serde_json::json!({"provider": "a", "model": "m", "input": 1, "output": 2, "until": "2026-12-31",
        "then": {"input": 4, "cached_input": null, "cache_write": null, "output": 8}});
    let usage = Usage { prompt_tokens: 10, output_tokens: 10, ..Usage::default() };
    let new_year = 1_798_761_600; // 2027-01-01T00:00:00Z
    assert_eq!(bill_of(row.clone(), Some(new_year - 1), &usage), 30);
    assert_eq!(bill_of(row.clone(), Some(new_year), &usage), 120);
    assert_eq!(bill_of(row, None, &usage), 120);
}

#[test]
fn no_bundled_figure_beside_the_price_is_lost() {
    let table = PriceTable::default();
    let row = |provider, model| table.row(provider, model).unwrap();
    assert_eq!(row("anthropic", "claude-haiku-5-5").long_context.unwrap().above_input_tokens, 100_000);
    assert!(row("gemini", "gemini-4-argon").then.is_some_and(|then| then.output > 10.0));
}

#[test]
fn the_bundled_prices_are_sound_each_with_a_source_and_a_day() {
    let table = PriceTable::default();
    for (row, _) in table.rows() {
        assert!(row.is_sound() && row.source.starts_with("https://") && row.seen.len() == 10, "{row:?}");
        assert!(row.cached_input.is_none_or(|cached| cached <= row.input), "{row:?}");
    }
}
