//! Who is not who they say they are gets nothing; and who wants to see a certificate of ours sees it.

use acceptance::provider::{Certificate, Kind, ProviderDouble};
use serde_json::{Value, json};
use wire::{ProviderCard, ProviderTrial};

use crate::{Office, questions};

impl Office {
    /// Adds a double that speaks TLS, without trying it.
    async fn add_untried(&self, double: &ProviderDouble) -> Value {
        let save = json!({
            "provider": null, "kind": "openai", "name": "Double", "base_url": double.base_url(), "zone": "cloud",
            "region": "", "retention": "", "api": "responses", "api_version": "", "auth": "key", "headers": [],
            "models": [{"id": null, "name": "gpt-5", "title": "", "context_tokens": null, "max_output_tokens": null,
                "images": false, "reasoning": true}],
        });
        let card: Value = self.session.ok("provider_save", save).await;
        self.paste(&format!("provider:{}", card["provider"]["id"].as_str().unwrap()), double.key()).await;
        card
    }

    /// The user picks a file in the next dialog.
    fn will_pick(&self, name: &str, pem: &str) {
        let path = self.data().join(name);
        std::fs::write(&path, pem).unwrap();
        *self.session.desktop.picked.lock().unwrap() = vec![path];
    }

    async fn trust(&self, double: &ProviderDouble) {
        self.trust_pem(double.ca_pem()).await;
    }

    pub(crate) async fn trust_pem(&self, pem: &str) {
        self.will_pick("ca.pem", pem);
        self.session.ok::<Value>("settings_pick", json!({"setting": "certificates"})).await;
    }

    async fn wrong(&self, card: &Value) -> Option<String> {
        let args = json!({"provider": card["provider"]["id"]});
        let trial: ProviderTrial = self.session.ok("provider_test", args).await;
        trial.failure.map(|failure| failure.message().to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_hold_is_named_and_nothing_is_sent() {
    for (certificate, trusted, why) in [
        (Certificate::Expired, true, "has expired"),
        (Certificate::WrongHost, true, "is for another name"),
        (Certificate::SelfSigned, false, "does not trust"),
        (Certificate::Good, false, "does not trust"),
    ] {
        let office = Office::open().await;
        let double = ProviderDouble::start_tls(Kind::Openai, certificate).await;
        let card = office.add_untried(&double).await;
        if trusted {
            office.trust(&double).await;
        }
        let message = office.wrong(&card).await.unwrap();
        assert!(message.contains(why) && message.contains("Nothing was sent"), "{certificate:?}: {message}");
        assert!(double.requests().is_empty(), "{certificate:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_of_the_organisation_is_trusted_and_sees_our_certificate() {
    let mut office = Office::open().await;
    let double = ProviderDouble::start_tls(Kind::Openai, Certificate::Mutual).await;
    let card = office.add_untried(&double).await;
    office.trust(&double).await;
    assert!(office.wrong(&card).await.is_some(), "it wants to see a certificate");
    let provider = json!({"provider": card["provider"]["id"]});
    office.will_pick("client.pem", double.client_pem());
    let card: Option<ProviderCard> = office.session.ok("provider_certificate", provider.clone()).await;
    let card = card.unwrap();
    assert_eq!(office.wrong(&json!(card)).await, None);
    let chat = office.chat_with(card.provider.models[0].id).await;
    assert_eq!(office.ask(chat, "Hello?").await.text, "The sea is calm today.");
    assert_eq!(questions(&double).len(), 1);
    office.session.ok::<Value>("provider_certificate_remove", provider).await;
    assert!(office.wrong(&json!(card)).await.is_some());
}
