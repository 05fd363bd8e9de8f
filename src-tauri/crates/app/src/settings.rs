//! Settings of the application.

use domain::{Settings, SettingsPatch};
use wire::{Event, Failure};

use crate::{Core, core::lock, failure::from_store, logs};

impl Core {
    /// Changes some settings; all or none.
    pub(crate) async fn change_settings(&self, patch: SettingsPatch) -> Result<Settings, Failure> {
        let old = self.settings();
        let settings = patched(&old, patch)?;
        if settings.network != old.network {
            self.network.change(&self.profile, &old.network, &settings.network)?;
        }
        if settings.models_folder != old.models_folder && !settings.models_folder.trim().is_empty() {
            usable_folder(settings.models_folder.trim())?;
        }
        self.store.put_settings(&settings).await.map_err(from_store)?;
        *lock(&self.settings) = settings.clone();
        logs::set_level(settings.log_level);
        self.events.tell(Event::Settings { settings: settings.clone() });
        self.tell_models().await;
        Ok(settings)
    }
}

/// A folder that is there, or can be made, and written to.
fn usable_folder(folder: &str) -> Result<(), Failure> {
    let path = std::path::Path::new(folder);
    let refuse = |why: String| {
        Failure::invalid(format!("The folder “{folder}” cannot hold models: {why}. Nothing was changed."))
    };
    if !path.is_absolute() {
        return Err(refuse("its whole path is needed".to_owned()));
    }
    std::fs::create_dir_all(path).map_err(|error| refuse(error.to_string()))?;
    let trial = path.join(format!(".drawbridge-{}", std::process::id()));
    std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial)).map_err(|error| refuse(error.to_string()))
}

fn patched(old: &Settings, patch: SettingsPatch) -> Result<Settings, Failure> {
    let refuse = |what: String| Failure::invalid(format!("{what} Nothing was changed."));
    let mut value = serde_json::to_value(old).map_err(|error| Failure::unexpected(error.to_string()))?;
    let fields = value.as_object_mut().expect("BUG: settings are a JSON object");
    for (name, new) in patch {
        let field = fields.get_mut(&name).ok_or_else(|| refuse(format!("There is no setting “{name}”.")))?;
        *field = new;
    }
    let settings: Settings = serde_json::from_value(value)
        .map_err(|error| refuse(format!("A setting has the wrong kind of value: {error}.")))?;
    if !(80..=200).contains(&settings.text_percent) {
        return Err(refuse("The text size must lie between 80 % and 200 %.".to_owned()));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use domain::{Settings, Theme};
    use serde_json::json;

    use super::patched;

    fn patch(value: serde_json::Value) -> Result<Settings, String> {
        let fields = value.as_object().cloned().unwrap_or_default();
        patched(&Settings::default(), fields).map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_else() {
        let expected = Settings { theme: Theme::Dark, text_percent: 120, ..Settings::default() };
        assert_eq!(patch(json!({"theme": "dark", "text_percent": 120})), Ok(expected));
    }

    #[test]
    fn unknown_names_wrong_kinds_and_bad_values_are_refused() {
        for bad in
            [json!({"colour": 1}), json!({"theme": "pink"}), json!({"text_percent": 20}), json!({"notify": "yes"})]
        {
            assert!(patch(bad.clone()).is_err_and(|message| message.ends_with("Nothing was changed.")), "{bad}");
        }
    }
}
