//! Settings of the application.

use domain::{Mode, Settings, SettingsPatch};
use wire::{Event, Failure, PathSetting};

use crate::{Confirm, Core, Pick, core::lock, failure::from_store, logs, reach::Reach, rule};

impl Core {
    /// Changes some settings as a page asks; all or none. What reaches further than now the user agrees to first, in a
    /// dialog that the page has no hand in; without that everything stays as it is.
    pub(crate) async fn change_settings(&self, patch: SettingsPatch) -> Result<Settings, Failure> {
        let turn = self.settings_turn.lock().await;
        let old = self.settings();
        let settings = wanted(&old, patch.clone())?;
        if settings.network == old.network && settings.mode <= old.mode {
            return self.take_settings(&old, settings).await;
        }
        // What a question says must still be true when it is answered.
        self.questions.none_open()?;
        self.network.try_out(self.platform.clock.clone(), &settings.network).map_err(refused)?;
        let Some(question) = question(&old, &settings)? else { return self.take_settings(&old, settings).await };
        let asking = self.questions.begin()?;
        drop(turn);
        if !asking.put(self.platform.host.as_ref(), question).await? {
            tracing::info!("the user declined settings that reach further");
            return Ok(self.settings());
        }
        let _turn = self.settings_turn.lock().await;
        let old = self.settings();
        self.take_settings(&old, wanted(&old, patch)?).await
    }

    /// Lets the user pick the path of a setting.
    pub(crate) async fn pick_setting(&self, setting: PathSetting) -> Result<Option<Settings>, Failure> {
        let pick = match setting {
            PathSetting::Certificates => Pick::Certificates,
            PathSetting::ModelsFolder => Pick::DownloadFolder,
        };
        let picked = self.pick(pick).await?;
        let Some(path) = picked.first() else { return Ok(None) };
        let path = path.to_str().ok_or_else(|| {
            Failure::invalid("This path holds characters that cannot be kept. Choose another. Nothing was changed.")
        })?;
        let _turn = self.settings_turn.lock().await;
        let old = self.settings();
        let mut settings = old.clone();
        match setting {
            PathSetting::Certificates => path.clone_into(&mut settings.network.ca_bundle),
            PathSetting::ModelsFolder => {
                usable_folder(path)?;
                path.clone_into(&mut settings.models_folder);
            }
        }
        self.take_settings(&old, settings).await.map(Some)
    }

    async fn take_settings(&self, old: &Settings, settings: Settings) -> Result<Settings, Failure> {
        let own = {
            let kept = lock(&self.own_settings);
            rule::own(&self.policy, &kept, old, &settings)?
        };
        if reaches_otherwise(old, &settings) {
            self.network.change(old, &settings)?;
        }
        if let Err(error) = self.store.put_settings(&own).await {
            // The gate must not follow rules that the settings do not show.
            if reaches_otherwise(old, &settings) {
                self.network.change(&settings, old)?;
            }
            return Err(from_store(error));
        }
        let changed = changed(old, &settings);
        if !changed.is_empty() {
            self.note(audit::Event::Reconfigured { settings: changed }, None);
        }
        *lock(&self.own_settings) = own;
        *lock(&self.settings) = settings.clone();
        logs::set_level(settings.log_level);
        self.events.tell(Event::Settings { settings: settings.clone() });
        self.tell_models().await;
        Ok(settings)
    }
}

/// The settings as a patch wants them.
fn wanted(old: &Settings, patch: SettingsPatch) -> Result<Settings, Failure> {
    let mut settings = patched(old, patch)?;
    refuse_paths(old, &settings)?;
    if settings.network != old.network {
        settings.network = Reach::of(&settings.network).map_err(refused)?.settings();
    }
    Ok(settings)
}

/// The gate's rules are others.
fn reaches_otherwise(old: &Settings, new: &Settings) -> bool {
    old.network != new.network || old.mode != new.mode
}

/// What to ask before the one takes the place of the other.
fn question(old: &Settings, new: &Settings) -> Result<Option<Confirm>, Failure> {
    if new.mode > old.mode {
        if new.network != old.network {
            return Err(refused("The bridge is lowered by itself, not along with other settings."));
        }
        return Ok(Some(lowering(new.mode)));
    }
    let now = Reach::of(&old.network).ok();
    Reach::of(&new.network).and_then(|new| new.question(now.as_ref())).map_err(refused)
}

/// The question before the bridge is lowered.
fn lowering(to: Mode) -> Confirm {
    let text = match to {
        Mode::Open => {
            "Chats with a model in the cloud will cross without a question each time you choose such a model.\n\n\
             If you did not just do this yourself, keep the bridge as it is."
        }
        Mode::Guarded | Mode::Sealed => {
            "Models can be downloaded, and a chat with a model in the cloud asks before it crosses for the first time.\n\n\
             If you did not just do this yourself, keep the bridge as it is."
        }
    };
    Confirm {
        title: "Lower the bridge?".to_owned(),
        text: text.to_owned(),
        yes: "Lower".to_owned(),
        no: "Keep as it is".to_owned(),
    }
}

fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::invalid(format!("{why} Nothing was changed."))
}

/// Names of the settings that differ, but for how the window looks.
fn changed(old: &Settings, new: &Settings) -> Vec<String> {
    const LOOKS: [&str; 4] = ["theme", "text_percent", "doors_dismissed", "sidebar_open"];
    let fields = |settings: &Settings| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let old = fields(old);
    let differs =
        |(name, value): &(String, serde_json::Value)| old.get(name) != Some(value) && !LOOKS.contains(&name.as_str());
    fields(new).into_iter().filter(differs).map(|(name, _)| name).collect()
}

/// A page can clear a path and set none: whoever controls the page must not choose where we read and write.
fn refuse_paths(old: &Settings, new: &Settings) -> Result<(), Failure> {
    let set = |old: &str, new: &str| new != old && !new.is_empty();
    if set(&old.models_folder, &new.models_folder) || set(&old.network.ca_bundle, &new.network.ca_bundle) {
        return Err(Failure::invalid("Files and folders are chosen in a dialog. Nothing was changed."));
    }
    Ok(())
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
    let mut value = serde_json::to_value(old).map_err(|error| Failure::unexpected(error.to_string()))?;
    let fields = value.as_object_mut().expect("BUG: settings are a JSON object");
    for (name, new) in patch {
        let field = fields.get_mut(&name).ok_or_else(|| refused(format!("There is no setting “{name}”.")))?;
        *field = new;
    }
    let settings: Settings = serde_json::from_value(value)
        .map_err(|error| refused(format!("A setting has the wrong kind of value: {error}.")))?;
    if !(80..=200).contains(&settings.text_percent) {
        return Err(refused("The text size must lie between 80 % and 200 %."));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use domain::{Settings, Theme};
    use serde_json::json;

    use super::{patched, refuse_paths};

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
    fn a_page_clears_paths_and_sets_none() {
        let old = Settings { models_folder: "/old".to_owned(), ..Settings::default() };
        let with = |folder: &str| Settings { models_folder: folder.to_owned(), ..Settings::default() };
        assert!(refuse_paths(&old, &with("/old")).is_ok() && refuse_paths(&old, &with("")).is_ok());
        assert!(refuse_paths(&old, &with("/etc")).is_err());
        let mut settings = old.clone();
        settings.network.ca_bundle = "/tmp/ca.pem".to_owned();
        assert!(refuse_paths(&old, &settings).is_err());
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
