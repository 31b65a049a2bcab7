//! Words on what is wrong with a layer: for one image, for a batch, at a step of a run.

use crate::explain::badges::{Flow, flow};
use crate::ui::i18n::{I18n, t_string};

/// A share in whole per cent.
pub fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// A gradient that has vanished or exploded on its way back to a layer; `relative` to that at the network's end.
pub fn flow_words(i18n: I18n, relative: f64) -> Option<&'static str> {
    flow(relative).map(|flow| match flow {
        Flow::Vanishing => t_string!(i18n, inspect.vanishing),
        Flow::Exploding => t_string!(i18n, inspect.exploding),
    })
}

/// All that is to be said: `zero` is a sentence on units that give nothing, `saturated` a share.
pub fn findings(i18n: I18n, zero: Option<String>, saturated: Option<f64>, relative: f64) -> Vec<String> {
    let saturated = saturated.map(|share| t_string!(i18n, inspect.saturated, percent = percent(share)));
    let flow = flow_words(i18n, relative).map(str::to_string);
    [zero, saturated, flow].into_iter().flatten().collect()
}
