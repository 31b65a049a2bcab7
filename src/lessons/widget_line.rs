//! The three spellings that tie a lesson's text to its widgets:
//! `{{neuron x=1,2 w=0.5,-0.5 t=1}}` on a line of its own puts one there, a link to `widget:neuron?t=0` sets it,
//! and `{{=neuron.output}}` in a sentence follows one of its numbers.

use winnow::ascii::{space0, space1};
use winnow::combinator::{alt, delimited, eof, opt, preceded, repeat, separated_pair, terminated};
use winnow::prelude::*;
use winnow::token::{literal, take_till, take_while};

/// Settings of a widget, in the order they were written.
pub type Settings = Vec<(String, String)>;

/// A widget placed in the text. Its name is also what links and bound numbers call it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetLine {
    /// Kind of widget, such as `softmax-jacobian`.
    pub name: String,
    /// What it starts with.
    pub settings: Settings,
}

/// A number of a widget that a sentence shows: `{{=neuron.output}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The widget it belongs to.
    pub widget: String,
    /// The setting or result to show.
    pub key: String,
}

/// A stretch of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Plain words.
    Text(String),
    /// A number that follows a widget.
    Number(Bound),
}

fn name(input: &mut &str) -> ModalResult<String> {
    take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_').map(str::to_owned).parse_next(input)
}

fn quoted(input: &mut &str) -> ModalResult<String> {
    delimited('"', take_till(0.., '"'), '"').map(str::to_owned).parse_next(input)
}

fn bare(input: &mut &str) -> ModalResult<String> {
    take_while(1.., |c: char| !c.is_whitespace() && c != '}' && c != '"').map(str::to_owned).parse_next(input)
}

fn setting(input: &mut &str) -> ModalResult<(String, String)> {
    separated_pair(name, '=', alt((quoted, bare))).parse_next(input)
}

fn widget_line(input: &mut &str) -> ModalResult<WidgetLine> {
    let mut line =
        delimited(literal("{{"), (name, repeat(0.., preceded(space1, setting))), (space0, literal("}}"), space0, eof))
            .map(|(name, settings)| WidgetLine { name, settings });
    line.parse_next(input)
}

/// Reads a line `{{name key=value key="quoted value"}}`.
pub fn parse_widget_line(line: &str) -> Result<WidgetLine, String> {
    widget_line.parse(line.trim()).map_err(|error| format!("not a widget line: {line}\n{error}"))
}

fn bound(input: &mut &str) -> ModalResult<Bound> {
    delimited(literal("{{="), separated_pair(name, '.', name), literal("}}"))
        .map(|(widget, key)| Bound { widget, key })
        .parse_next(input)
}

/// A sentence cut into its plain parts and the numbers bound to widgets.
pub fn split_bound(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{=") {
        if at > 0 {
            parts.push(Part::Text(rest[..at].to_owned()));
        }
        rest = &rest[at..];
        let number = bound(&mut rest).map_err(|_| format!("not a bound number: {rest}"))?;
        parts.push(Part::Number(number));
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn link(input: &mut &str) -> ModalResult<WidgetLine> {
    let pair = separated_pair(name, '=', take_while(0.., |c: char| c != '&').map(decode));
    let settings = opt(preceded('?', winnow::combinator::separated(0.., pair, '&')));
    terminated((preceded(literal("widget:"), name), settings), eof)
        .map(|(name, settings)| WidgetLine { name, settings: settings.unwrap_or_default() })
        .parse_next(input)
}

/// Reads the target of a link that sets a widget: `widget:neuron?w=3,-0.5&t=0`.
pub fn parse_widget_link(target: &str) -> Result<WidgetLine, String> {
    link.parse(target).map_err(|error| format!("not a widget link: {target}\n{error}"))
}

/// Undoes the percent escapes of an address.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(settings: &Settings) -> Vec<(&str, &str)> {
        settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_line_has_a_name_and_settings() {
        let line = parse_widget_line(r#"{{graph expr="x*x + x" x=2}}"#).unwrap();
        assert_eq!(line.name, "graph");
        assert_eq!(pairs(&line.settings), [("expr", "x*x + x"), ("x", "2")]);
        assert!(parse_widget_line("{{graph x=}}").is_err());
        assert!(parse_widget_line("{{graph x=1").is_err());
    }

    #[test]
    fn a_link_sets_a_widget() {
        let link = parse_widget_link("widget:indexer?expr=x[:,%20[1]]").unwrap();
        assert_eq!((link.name.as_str(), pairs(&link.settings)), ("indexer", vec![("expr", "x[:, [1]]")]));
        assert!(parse_widget_link("https://example.org").is_err());
    }

    #[test]
    fn a_sentence_is_cut_at_its_numbers() {
        let parts = split_bound("O = {{=neuron.output}}.").unwrap();
        let number = Bound { widget: "neuron".into(), key: "output".into() };
        assert_eq!(parts, [Part::Text("O = ".into()), Part::Number(number), Part::Text(".".into())]);
        assert!(split_bound("{{=broken").is_err());
    }
}
