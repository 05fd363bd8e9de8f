//! What may be spent: reserved before, settled after, within every limit whoever asks at the same time.

use domain::{Bill, ModelId, Provider, ProviderAuth, ProviderId, ProviderKind, Thumb, Timestamp, Usage, Zone};
use store::{NewSpend, Reservation, Settled, SpendLimit};

use crate::fixture::*;

fn spend(provider: ProviderId, usd_micros: u64) -> NewSpend {
    NewSpend {
        at: NOON,
        chat: None,
        message: None,
        provider: Some(provider),
        model: ModelId::new(),
        model_name: "m".to_owned(),
        zone: Zone::Cloud,
        fallback: false,
        usd_micros,
        price_known: true,
    }
}

fn bill(usd_micros: u64) -> Settled {
    let bill = Some(Bill { usd_micros, price_known: true, estimated: false });
    Settled { usage: Usage { output_tokens: 7, ..Usage::default() }, bill, outcome: "answered".to_owned() }
}

pub(crate) fn provider() -> Provider {
    Provider {
        id: ProviderId::new(),
        kind: ProviderKind::Anthropic,
        handle: "anthropic".to_owned(),
        name: "Anthropic".to_owned(),
        base_url: "https://api.anthropic.com/v1".to_owned(),
        zone: Zone::Cloud,
        region: String::new(),
        retention: String::new(),
        api: domain::OpenaiApi::default(),
        api_version: String::new(),
        auth: ProviderAuth::Key,
        headers: Vec::new(),
        client_certificate: String::new(),
        models: Vec::new(),
        added_at: NOON,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_at_once_reserve_no_more_than_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let one = open(folder.path(), None).await;
    let two = open(folder.path(), None).await;
    let provider = ProviderId::new();
    let limit = SpendLimit { provider: None, since: NOON, usd_micros: 10_000 };
    let calls = (0..1_000).map(|n| {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move {
            let made = store.reserve(&spend(provider, 97), &[limit]).await.unwrap();
            if let Reservation::Made(number) = made {
                tokio::task::yield_now().await;
                store.settle(number, &bill(90)).await.unwrap();
            }
            matches!(made, Reservation::Made(_))
        })
    });
    let mut made = 0;
    for call in calls.collect::<Vec<_>>() {
        made += u64::from(call.await.unwrap());
    }
    let spent = one.spent(None, NOON).await.unwrap();
    assert_eq!(spent, made * 90);
    assert!((50 * 90..=10_000).contains(&spent), "{spent} by {made} calls");
}

#[tokio::test]
async fn a_limit_is_for_its_provider_and_its_time_and_what_is_free_never_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let (one, two) = (ProviderId::new(), ProviderId::new());
    let limit = |provider, since| [SpendLimit { provider, since, usd_micros: 100 }];
    let old = NewSpend { at: Timestamp(NOON.0 - 1), ..spend(one, 60) };
    assert!(matches!(store.reserve(&old, &[]).await.unwrap(), Reservation::Made(_)));
    let here = NewSpend { provider: None, zone: Zone::ThisComputer, ..spend(one, 1_000_000) };
    assert!(matches!(store.reserve(&here, &[]).await.unwrap(), Reservation::Made(_)));
    assert!(matches!(store.reserve(&spend(one, 60), &limit(Some(one), NOON)).await.unwrap(), Reservation::Made(_)));
    let over = store.reserve(&spend(one, 60), &limit(Some(one), NOON)).await.unwrap();
    assert!(matches!(over, Reservation::Over { spent_usd_micros: 60, .. }), "{over:?}");
    assert!(matches!(store.reserve(&spend(two, 60), &limit(Some(two), NOON)).await.unwrap(), Reservation::Made(_)));
    assert_eq!(store.spent(None, NOON).await.unwrap(), 120);
    assert_eq!(store.spent(Some(one), Timestamp(0)).await.unwrap(), 120);
}

#[tokio::test]
async fn the_books_outlive_an_erased_chat_and_name_it_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let question = ask(&store, chat, None, "Why?").await;
    let answer = reply(&store, chat, question.id, "Because.").await;
    store.rate(answer.id, Some(domain::Rating { thumb: Thumb::Up, reason: String::new() })).await.unwrap();
    let new = NewSpend { chat: Some(chat), message: Some(answer.id), ..spend(ProviderId::new(), 50) };
    let Reservation::Made(number) = store.reserve(&new, &[]).await.unwrap() else { panic!("there is no limit") };
    store.settle(number, &bill(40)).await.unwrap();
    let books = store.spends(NOON, Timestamp(NOON.0 + 1)).await.unwrap();
    assert_eq!((books[0].usd_micros, books[0].thumb, books[0].usage.output_tokens), (40, Some(Thumb::Up), 7));
    store.trash_chat(chat, NOON).await.unwrap();
    store.erase_chat(chat).await.unwrap();
    let books = store.spends(NOON, Timestamp(NOON.0 + 1)).await.unwrap();
    assert_eq!((books.len(), books[0].usd_micros, books[0].thumb), (1, 40, None));
    let bytes = bytes_after_close(&store, folder.path()).await;
    assert!(!holds(&bytes, &chat.to_string()) && !holds(&bytes, &answer.id.to_string()));
}

#[tokio::test]
async fn a_provider_is_kept_and_its_consents_go_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let provider = provider();
    store.put_provider(&provider).await.unwrap();
    assert_eq!(store.providers().await.unwrap(), vec![provider.clone()]);
    assert!(!store.consented(chat, provider.id).await.unwrap());
    store.put_consent(chat, provider.id, NOON).await.unwrap();
    store.put_consent(chat, provider.id, NOON).await.unwrap();
    assert!(store.consented(chat, provider.id).await.unwrap());
    let twin = Provider { id: ProviderId::new(), ..provider.clone() };
    assert!(store.put_provider(&twin).await.is_err(), "two providers of one handle");
    store.remove_provider(provider.id).await.unwrap();
    assert!(store.providers().await.unwrap().is_empty() && !store.consented(chat, provider.id).await.unwrap());
}
