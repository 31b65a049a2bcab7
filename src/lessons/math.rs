//! TeX formulas to MathML, which browsers draw by themselves: no fonts or scripts to load.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

/// The MathML of a TeX formula, either inline or on a line of its own.
/// The source is kept as an annotation, so that copying a formula gives its TeX.
///
/// Errors: the message of the TeX parser, for instance about an unknown command.
pub fn to_mathml(tex: &str, display: bool) -> Result<String, String> {
    let storage = Storage::new();
    let events: Vec<_> = Parser::new(tex, &storage).collect();
    if let Some(Err(error)) = events.iter().find(|event| event.is_err()) {
        return Err(error.to_string());
    }
    let config = RenderConfig {
        display_mode: if display { DisplayMode::Block } else { DisplayMode::Inline },
        annotation: Some(tex),
        ..RenderConfig::default()
    };
    let mut mathml = String::new();
    push_mathml(&mut mathml, events.into_iter(), config).map_err(|error| error.to_string())?;
    // pulldown-latex 0.8 puts the space before a named function inside its index, which browsers then do not draw as one.
    if mathml.contains("<msub><mspace") {
        return Err(r"an index on a named function is written {\log}_2".to_owned());
    }
    Ok(mathml)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_become_mathml() {
        let mathml = to_mathml(r"\frac{1}{1+e^{-x}}", true).unwrap();
        assert!(mathml.starts_with("<math") && mathml.contains("<mfrac>"), "{mathml}");
    }

    #[test]
    fn an_unknown_command_is_an_error() {
        assert!(to_mathml(r"\nosuchcommand", false).is_err());
    }

    #[test]
    fn an_index_on_a_named_function_needs_braces() {
        assert!(to_mathml(r"p \log_2 p", false).is_err());
        assert!(to_mathml(r"{\log}_2 p", false).unwrap().contains("<mi>log</mi>"));
    }
}
