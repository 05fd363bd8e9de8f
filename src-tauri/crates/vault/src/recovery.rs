//! The recovery code: 128 random bits as people write them down.

use domain::Secret;
use rand::RngCore;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::VaultError;

/// Crockford's base 32: no I, L, O or U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Its check symbols go on from there, to 37.
const CHECKS: &[u8; 37] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
/// 128 bits need 26 digits of five.
const LENGTH: usize = 26;
/// Signs of what a person types for a code, at most.
const LONGEST: usize = 1024;

/// A recovery code. It is shown once and kept nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecoveryCode(Secret<u128>);

impl RecoveryCode {
    pub(crate) fn random() -> Self {
        let mut bytes = Zeroizing::new([0; 16]);
        rand::rng().fill_bytes(bytes.as_mut());
        Self(Secret::new(u128::from_be_bytes(*bytes)))
    }

    /// Reads what a person typed: case, spaces and dashes of any kind do not matter, nor does full width; O is 0, I and L
    /// are 1.
    ///
    /// # Errors
    /// [`VaultError::MistypedCode`] where its last character does not suit the others.
    pub fn read(text: &str) -> Result<Self, VaultError> {
        // Longer than any code can be with all that is passed over; the rest need not be looked at.
        let symbols: Vec<u8> = text
            .chars()
            .take(LONGEST)
            .nfkc()
            .filter(|sign| !is_passed_over(*sign))
            .map(|sign| match sign.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).unwrap_or(b'?'),
            })
            .collect();
        let symbols = Zeroizing::new(symbols);
        let [digits @ .., check] = &**symbols else { return Err(VaultError::MistypedCode) };
        if digits.len() != LENGTH {
            return Err(VaultError::MistypedCode);
        }
        let mut value: u128 = 0;
        for digit in digits {
            let five = DIGITS.iter().position(|known| known == digit).ok_or(VaultError::MistypedCode)?;
            if value >> (128 - 5) != 0 {
                return Err(VaultError::MistypedCode);
            }
            value = (value << 5) | five as u128;
        }
        if CHECKS[(value % 37) as usize] != *check {
            return Err(VaultError::MistypedCode);
        }
        Ok(Self(Secret::new(value)))
    }

    /// The code in groups of four, to print.
    #[must_use]
    pub fn reveal(&self) -> String {
        let value = *self.0.reveal();
        let mut symbols: Vec<u8> =
            (0..LENGTH).rev().map(|place| DIGITS[((value >> (5 * place)) & 31) as usize]).collect();
        symbols.push(CHECKS[(value % 37) as usize]);
        let groups: Vec<String> = symbols.chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
        groups.join("-")
    }

    pub(crate) fn bytes(&self) -> Zeroizing<[u8; 16]> {
        Zeroizing::new(self.0.reveal().to_be_bytes())
    }
}

/// Spaces, and every sign that a keyboard, a word processor or a printed page makes of a hyphen: hyphens and dashes, the
/// minus, the soft hyphen, those of other scripts, and what stands invisibly between words.
const fn is_passed_over(sign: char) -> bool {
    matches!(sign, '-' | '_' | '\u{ad}' | '\u{58a}' | '\u{5be}' | '\u{1806}' | '\u{2010}'..='\u{2015}' | '\u{2043}'
        | '\u{207b}' | '\u{208b}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{301c}' | '\u{3030}' | '\u{30fc}'
        | '\u{fe58}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
        || sign.is_whitespace()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_printed_and_as_people_copy_it() {
        for value in [0, 1, 31, 32, 36, 37, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            let code = RecoveryCode(Secret::new(value));
            let printed = code.reveal();
            for typed in [
                printed.clone(),
                printed.to_lowercase(),
                printed.replace('-', " "),
                printed.replace('-', ""),
                printed.replace('0', "O").replace('1', "l"),
                printed.replace('0', "o").replace('1', "I"),
                printed.replace('1', "i").replace('-', "\u{2013}"),
                printed.replace('-', "\u{2014}"),
                printed.replace('-', " \u{2212} "),
                printed.replace('-', "\u{2011}"),
                printed.replace('-', "\u{2010}\n"),
                printed.replace('-', "\u{ad}"),
                printed.replace('-', "\u{a0}--\u{2009}"),
                format!("\u{feff} {}\r\n", printed.replace('-', "\t")),
                // What a keyboard for Japanese types.
                printed.chars().map(|sign| char::from_u32(u32::from(sign) + 0xfee0).unwrap()).collect(),
            ] {
                assert_eq!(RecoveryCode::read(&typed).unwrap(), code, "{typed}");
            }
        }
        assert_ne!(RecoveryCode::random(), RecoveryCode::random());
    }

    #[test]
    fn one_wrong_character_and_two_exchanged_ones_are_noticed() {
        let printed = RecoveryCode(Secret::new(0x0fed_cba9_8765_4321_1234_5678_9abc_def0)).reveal();
        let plain = printed.replace('-', "");
        for at in 0..plain.len() {
            for other in DIGITS {
                let mut wrong = plain.clone().into_bytes();
                if wrong[at] != *other {
                    wrong[at] = *other;
                    assert!(RecoveryCode::read(std::str::from_utf8(&wrong).unwrap()).is_err(), "{at} {other}");
                }
            }
            if at + 1 < plain.len() {
                let mut wrong = plain.clone().into_bytes();
                wrong.swap(at, at + 1);
                let same = wrong == plain.as_bytes();
                assert_eq!(RecoveryCode::read(std::str::from_utf8(&wrong).unwrap()).is_ok(), same, "{at}");
            }
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for bad in ["", "-", "0", "hello", &"Z".repeat(27), &"0".repeat(26), &"0".repeat(28), "ÄÖÜ", &"U".repeat(27)]
        {
            assert!(RecoveryCode::read(bad).is_err(), "{bad}");
        }
    }
}
