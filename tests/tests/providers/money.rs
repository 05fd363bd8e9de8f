//! What answers cost: estimated before, limited by budgets, on the books after.

use acceptance::provider::{Answer, Kind, ProviderDouble, Turn, Usage};
use domain::{MessageState, Zone};
use serde_json::{Value, json};
use wire::{ContextMeter, Price, UsageReport};

use crate::{Office, questions};

/// Days around now.
pub(crate) fn all_days() -> Value {
    json!({"from": "2026-01-01", "to": "2027-12-31", "offset_minutes": 0})
}

fn price(model: &str, input: f64, output: f64) -> Value {
    json!({"provider": "openai", "model": model, "input": input, "cached_input": null, "cache_write": null,
           "output": output, "source": "", "seen": "", "own": true})
}

fn answer(input: u64, output: u64) -> Turn {
    Turn::Answer(Answer { usage: Some(Usage { input, output, ..Usage::default() }), ..Answer::of(&["Yes."]) })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_billed_by_the_user_s_own_price_and_stands_in_the_report() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let added = office.add("OpenAI", &double, Kind::Openai, Zone::Cloud).await;
    let name = added.save["models"][0]["name"].as_str().unwrap();
    let prices: Vec<Price> = office.session.ok("price_set", price(name, 2.0, 10.0)).await;
    assert!(prices[0].own && prices[0].model == name);
    double.script(vec![answer(1_000, 100)]);
    let chat = office.chat_with(added.model).await;
    let meter: ContextMeter = office
        .session
        .ok("context_measure", json!({"chat": chat, "text": "How is the sea today?", "parent": null}))
        .await;
    assert!(
        !meter.exact && meter.zone == Zone::Cloud && meter.bill.is_some_and(|bill| bill.usd_micros > 4_900),
        "{meter:?}"
    );
    assert!(questions(&double).is_empty(), "an estimate sends nothing");
    let facts = office.ask(chat, "How is the sea today?").await.answer.unwrap();
    assert_eq!(facts.bill.map(|bill| (bill.usd_micros, bill.price_known)), Some((3_000, true)));
    let report: UsageReport = office.session.ok("usage", all_days()).await;
    let row = &report.rows[0];
    assert_eq!((row.answers, row.prompt_tokens, row.output_tokens, row.usd_micros), (1, 1_000, 100, 3_000));
    assert_eq!(row.provider, Some(added.id));
    let file = office.data().join("usage.csv");
    *office.session.desktop.save_to.lock().unwrap() = Some(file.clone());
    office.session.ok::<Value>("usage_export", all_days()).await;
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.lines().count() == 2 && text.contains("\"OpenAI\"") && text.contains("0.003000"), "{text}");
    let prices: Vec<Price> = office.session.ok("price_forget", json!({"provider": "openai", "model": name})).await;
    assert!(prices.iter().all(|price| !price.own));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_question_is_counted_by_the_provider_and_not_before_there_is_money_for_its_answer() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Anthropic).await;
    let mut added = office.add("Anthropic", &double, Kind::Anthropic, Zone::Cloud).await;
    added.save["models"][0]["id"] = json!(added.model);
    added.save["models"][0]["context_tokens"] = json!(2_000);
    office.session.ok::<Value>("provider_save", added.save.clone()).await;
    office.settings(json!({"mode": "open"})).await;
    let chat = office.chat_with(added.model).await;
    let text = "The tide. ".repeat(500);
    let paths = |double: &ProviderDouble| questions(double).into_iter().map(|seen| seen.path).collect::<Vec<_>>();
    let budget = |day: u64| json!({"budgets": [{"provider": null, "day_usd_micros": day, "month_usd_micros": null}]});
    office.settings(budget(1)).await;
    let refused = office.ask(chat, &text).await;
    assert_eq!((refused.state, paths(&double).len()), (MessageState::Failed, 0), "{refused:?}");
    office.settings(budget(100_000_000)).await;
    let answered = office.ask(chat, &text).await;
    assert_eq!(answered.state, MessageState::Complete, "{answered:?}");
    assert_eq!(paths(&double), ["/v1/messages/count_tokens", "/v1/messages"]);
    office.ask(chat, "How is the sea?").await;
    assert_eq!(paths(&double).len(), 3, "what surely fits is not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_stops_before_it_is_overrun_and_offers_this_computer() {
    use MessageState::{Complete, Failed};
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Openai).await;
    let added = office.add("OpenAI", &double, Kind::Openai, Zone::Cloud).await;
    let name = added.save["models"][0]["name"].as_str().unwrap();
    office.session.ok::<Value>("price_set", price(name, 1.0, 10.0)).await;
    let settings = json!({"max_tokens": 100});
    // Each answer may cost 1,000 micros for its tokens and a few for the question.
    office.settings(json!({"mode": "open", "budgets": [{"provider": added.id, "day_usd_micros": 2_500, "month_usd_micros": null}]})).await;
    let mut states = Vec::new();
    for _ in 0..4 {
        double.script(vec![answer(5, 100)]);
        let chat = office.chat_with(added.model).await;
        office.session.ok::<Value>("chat_change", json!({"chat": chat, "patch": {"settings": settings}})).await;
        let answer = office.ask(chat, "Hello?").await;
        states.push(answer.state);
        if answer.state == Failed {
            let message = answer.answer.unwrap().error.unwrap();
            assert!(message.contains("budget for OpenAI") && message.contains("Nothing was sent"), "{message}");
        }
    }

    assert_eq!(states, [Complete, Complete, Failed, Failed]);
    assert_eq!(questions(&double).len(), 2);
    office.settings(json!({"answer_here_on_failure": true})).await;
    let chat = office.chat_with(added.model).await;
    assert_eq!(office.ask(chat, "What is Drawbridge?").await.state, Complete);
    let report: UsageReport = office.session.ok("usage", all_days()).await;
    let budget = &report.budgets[0];
    assert_eq!((budget.spent_usd_micros, budget.limit_usd_micros, budget.month), (2_010, 2_500, false));
    assert_eq!(report.rows.iter().map(|row| row.fallbacks).sum::<u32>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_nobody_knows_is_said_so_and_counted_as_the_dearest() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start(Kind::Compatible).await;
    let added = office.add("Somebody", &double, Kind::Compatible, Zone::Cloud).await;
    double.script(vec![answer(1_000, 1_000)]);
    let chat = office.chat_with(added.model).await;
    let bill = office.ask(chat, "Hello?").await.answer.unwrap().bill.unwrap();
    assert!(!bill.price_known && bill.usd_micros > 10_000, "{bill:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_charged_before_it_broke_is_on_the_books_though_another_answered() {
    let mut office = Office::open().await;
    let (first, second) = (ProviderDouble::start(Kind::Anthropic).await, ProviderDouble::start(Kind::Openai).await);
    let one = office.add("First", &first, Kind::Anthropic, Zone::Cloud).await;
    let two = office.add("Second", &second, Kind::Openai, Zone::Cloud).await;
    office.settings(json!({"mode": "open", "fallbacks": [two.model]})).await;
    let mut dear = price(one.save["models"][0]["name"].as_str().unwrap(), 2.0, 10.0);
    dear["provider"] = json!("anthropic");
    office.session.ok::<Value>("price_set", dear).await;
    // It says what the question costs and breaks before the first word, twice.
    let usage = Some(Usage { input: 1_000, output: 50, ..Usage::default() });
    let broken = || Turn::ErrorEvent(Answer { usage, ..Answer::of(&[]) });
    first.script(vec![broken(), broken()]);
    second.script(vec![answer(1_000, 100)]);
    let chat = office.chat_with(one.model).await;
    let message = office.ask(chat, "How is the sea today?").await;
    assert_eq!((message.state, message.answer.unwrap().model), (MessageState::Complete, two.model));
    assert_eq!((questions(&first).len(), questions(&second).len()), (2, 1));
    let report: UsageReport = office.session.ok("usage", all_days()).await;
    let row = |id| report.rows.iter().find(|row| row.provider == Some(id)).unwrap();
    let (lost, paid) = (row(one.id), row(two.id));
    assert_eq!(lost.prompt_tokens, 2_000, "{lost:?}");
    assert!((4_000..5_000).contains(&lost.usd_micros), "2,000 tokens at 2 dollars a million: {lost:?}");
    assert_eq!((paid.prompt_tokens, paid.fallbacks), (1_000, 1));
}
