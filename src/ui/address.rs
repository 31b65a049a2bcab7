//! The part of the address after `#`: which view, and its settings. `#/train?seed=7&run=1`. Pure; the page's
//! side of it (signals, history) is `route.rs`.

/// A parsed `#/path?key=value&key=value`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// What stands between slashes: `["learn", "softmax"]`.
    pub path: Vec<String>,
    /// Decoded settings, in the order of the address.
    pub query: Vec<(String, String)>,
}

impl Address {
    /// Reads what `location.hash` holds, with or without the `#`. Never fails: text that is no address has an empty
    /// path, an escape that is no UTF-8 is kept as it is written.
    pub fn parse(hash: &str) -> Self {
        let hash = hash.strip_prefix('#').unwrap_or(hash);
        let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
        let path = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(key), decode(value))
            })
            .collect();
        Self { path, query }
    }

    /// The value of a key; of its last mention, should it be there twice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.query.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Sets a key in its place, or at the end; `None` removes it.
    pub fn set(&mut self, key: &str, value: Option<String>) {
        let place = self.query.iter().position(|(name, _)| name == key);
        self.query.retain(|(name, _)| name != key);
        if let Some(value) = value {
            let place = place.unwrap_or(self.query.len()).min(self.query.len());
            self.query.insert(place, (key.to_owned(), value));
        }
    }

    /// `#/train?seed=7`: what a link holds.
    pub fn to_hash(&self) -> String {
        let mut hash = String::from("#/");
        hash.push_str(&self.path.iter().map(|part| encode(part)).collect::<Vec<_>>().join("/"));
        if !self.query.is_empty() {
            hash.push('?');
            hash.push_str(&self.query_text());
        }
        hash
    }

    /// `seed=7&batch=64`: what stands after `?`.
    pub fn query_text(&self) -> String {
        let pair = |(key, value): &(String, String)| format!("{}={}", encode(key), encode(value));
        self.query.iter().map(pair).collect::<Vec<_>>().join("&")
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while position < bytes.len() {
        let escaped = (bytes[position] == b'%')
            .then(|| text.get(position + 1..position + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[position], escaped) {
            (_, Some(byte)) => {
                decoded.push(byte);
                position += 3;
            }
            (byte, None) => {
                decoded.push(if byte == b'+' { b' ' } else { byte });
                position += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// Escapes only what would be misread, so that an address stays readable: `layers=conv(1,10)`.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => encoded.push(byte as char),
            b'-' | b'_' | b'.' | b'~' | b'*' | b'(' | b')' | b',' | b':' | b'^' | b'/' | b'!' => encoded.push(byte as char),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// What can stand in an address as the value of a key.
pub trait SettingValue: Clone + PartialEq + Send + Sync + 'static {
    /// `None` if the text is not such a value.
    fn parse(text: &str) -> Option<Self>;
    /// The text that [`parse`](Self::parse) reads back to the same value.
    fn to_text(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl SettingValue for $number {
            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
            fn to_text(&self) -> String {
                self.to_string()
            }
        }
    )* };
}
numbers!(u32, u64, usize, i64);

macro_rules! reals {
    ($($number:ty),*) => { $(
        impl SettingValue for $number {
            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok().filter(|number: &Self| number.is_finite())
            }
            fn to_text(&self) -> String {
                self.to_string()
            }
        }
    )* };
}
reals!(f32, f64);

impl SettingValue for bool {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        }
    }
    fn to_text(&self) -> String {
        if *self { "1" } else { "0" }.to_owned()
    }
}

impl SettingValue for String {
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
    fn to_text(&self) -> String {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_back() {
        let text = "#/train?model=cnn&seed=7&lr=0.01&run=1";
        let address = Address::parse(text);
        assert_eq!(address.path, ["train"]);
        assert_eq!(address.get("seed"), Some("7"));
        assert_eq!(address.to_hash(), text);
    }

    #[test]
    fn escapes_and_chinese_survive() {
        let mut address = Address::parse("#/backprop");
        address.set("expression", Some("L = (w*x + b)^2 & 百分 100%".into()));
        let again = Address::parse(&address.to_hash());
        assert_eq!(again, address);
    }

    #[test]
    fn nonsense_is_no_panic() {
        for text in ["", "#", "#//", "#/?&&==&%", "#/draw?%zz=%", "#/draw?a=%ff", "#/%E4%B8", "#/draw?a=%é"] {
            let address = Address::parse(text);
            let _ = address.to_hash();
        }
        assert_eq!(Address::parse("nonsense").path, ["nonsense"]);
    }

    #[test]
    fn a_removed_key_leaves_no_trace() {
        let mut address = Address::parse("#/train?seed=7&batch=64");
        address.set("seed", None);
        assert_eq!(address.to_hash(), "#/train?batch=64");
        address.set("batch", Some("32".into()));
        assert_eq!(address.to_hash(), "#/train?batch=32");
    }

    #[test]
    fn values_that_are_none_are_refused() {
        assert_eq!(u64::parse("seven"), None);
        assert_eq!(u64::parse("-1"), None);
        assert_eq!(f32::parse("inf"), None);
        assert_eq!(f32::parse("NaN"), None);
        assert_eq!(f32::parse("1e-3"), Some(0.001));
        assert_eq!(bool::parse("yes"), None);
    }
}
