//! Puts what it reads on standard input on the clipboard and holds it until somebody else takes or empties that, for
//! tests that paste: on X11 what was copied lives in the program that copied it.

#[cfg(target_os = "linux")]
fn main() {
    use arboard::{Clipboard, SetExtLinux};

    let text = std::io::read_to_string(std::io::stdin()).expect("text on standard input");
    Clipboard::new().and_then(|mut clipboard| clipboard.set().wait().text(text)).expect("a clipboard");
}

#[cfg(not(target_os = "linux"))]
fn main() {}
