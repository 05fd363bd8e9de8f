//! The script for proxies (PAC) that the settings of the system name, as a browser would run it.

/// Its address.
#[cfg(windows)]
pub(crate) fn script() -> Option<String> {
    let settings = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    windows_registry::CURRENT_USER.open(settings).ok()?.get_string("AutoConfigURL").ok()
}

/// Its address.
#[cfg(target_os = "macos")]
pub(crate) fn script() -> Option<String> {
    use system_configuration::{
        core_foundation::{number::CFNumber, string::CFString},
        dynamic_store::SCDynamicStoreBuilder,
    };

    let proxies = SCDynamicStoreBuilder::new("Drawbridge").build()?.get_proxies()?;
    let find = |key: &'static str| proxies.find(CFString::from_static_string(key));
    let is_on = find("ProxyAutoConfigEnable")?.downcast::<CFNumber>()?.to_i32()? == 1;
    let address = find("ProxyAutoConfigURLString")?.downcast::<CFString>()?.to_string();
    is_on.then_some(address)
}

/// None: here desktops keep it where only their own programs look; what they tell the others is in the environment.
#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) const fn script() -> Option<String> {
    None
}
