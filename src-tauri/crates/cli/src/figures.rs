//! Figures as people say them.

use domain::{Fit, Fits, Zone};

/// A number as people say it.
pub(crate) fn count(number: u64) -> String {
    scaled(number, ["", " thousand", " million", " billion"])
}

/// A size as people say it.
pub(crate) fn size(bytes: u64) -> String {
    scaled(bytes, [" bytes", " kB", " MB", " GB"])
}

fn scaled(number: u64, units: [&str; 4]) -> String {
    match number {
        0..1_000 => format!("{number}{}", units[0]),
        1_000..1_000_000 => format!("{:.1}{}", number as f64 / 1e3, units[1]),
        1_000_000..1_000_000_000 => format!("{:.1}{}", number as f64 / 1e6, units[2]),
        _ => format!("{:.1}{}", number as f64 / 1e9, units[3]),
    }
}

/// How something runs here.
pub(crate) fn fit(fit: &Fit) -> String {
    let verdict = match fit.verdict {
        Fits::Fits => "fits",
        Fits::Tight => "tight",
        Fits::TooLarge => "too large",
    };
    match fit.speed {
        Some(speed) if fit.verdict != Fits::TooLarge => {
            format!("{verdict}, about {:.0} tokens a second", speed.tokens_per_second)
        }
        _ => verdict.to_owned(),
    }
}

/// How far away something is.
pub(crate) const fn place(zone: Zone) -> &'static str {
    match zone {
        Zone::ThisComputer => "this computer",
        Zone::OurNetwork => "our network",
        Zone::Cloud => "cloud",
    }
}

/// So much time, roughly.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds.round() {
        short if short < 120.0 => format!("{short:.0} s"),
        long if long < 7200.0 => format!("{:.0} min", long / 60.0),
        longer => format!("{:.0} h", longer / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use domain::{Speed, SpeedSource};

    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!(count(2_880_000), "2.9 million");
        assert_eq!(count(8_030_261_248), "8.0 billion");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(3_076_576), "3.1 MB");
    }

    #[test]
    fn times_are_rough() {
        assert_eq!(
            ["0 s", "119 s", "2 min", "2 h"],
            [0.3, 119.0, 121.0, 7300.0].map(seconds).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn what_does_not_fit_has_no_speed() {
        let speed = Some(Speed { tokens_per_second: 20.6, first_token_seconds: None, source: SpeedSource::Estimated });
        let of = |verdict, speed| fit(&Fit { verdict, needed_bytes: 1, context_tokens: 1, speed });
        assert_eq!(of(Fits::Fits, None), "fits");
        assert_eq!(of(Fits::Tight, speed), "tight, about 21 tokens a second");
        assert_eq!(of(Fits::TooLarge, speed), "too large");
    }
}
