//! What a teacher has taken off the page: `hide=seed,schedule` in the address. One table says which names there are and
//! what each hides; the frame turns the chosen ones into style rules, so that no control needs to know of it. Pure.

/// Something that can be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name in the address.
    pub name: &'static str,
    /// What it is on the page.
    selector: &'static str,
}

const fn part(name: &'static str, selector: &'static str) -> Part {
    Part { name, selector }
}

/// The views, by their place in the header.
pub const VIEWS: [Part; 6] = [
    part("draw", ".page-header nav a[data-view=draw]"),
    part("train", ".page-header nav a[data-view=train]"),
    part("inspect", ".page-header nav a[data-view=inspect]"),
    part("backprop", ".page-header nav a[data-view=backprop]"),
    part("learn", ".page-header nav a[data-view=learn]"),
    part("bench", ".page-header nav a[data-view=bench]"),
];

/// The parts of Train.
pub const TRAIN: [Part; 19] = [
    part("model", ".controls .field:has([data-testid=model])"),
    part("layers", ".layer-editor"),
    part("seed", ".field:has([data-testid=seed]), [data-testid=new-seed]"),
    part("device", ".field:has([data-testid=device])"),
    part("optimizer", ".field:has([data-testid=optimizer])"),
    part("lr", ".field:has([data-testid=learning-rate])"),
    part("batch", ".field:has([data-testid=batch])"),
    part("epochs", ".field:has([data-testid=epochs])"),
    part("schedule", ".schedule-fields"),
    part("momentum", ".momentum-fields"),
    part("overfitting", ".overfitting-fields"),
    part("recipe", "[data-testid=recipe]"),
    part("chart", ".stage .chart"),
    part("runs", ".runs-block"),
    part("weights", ".first-layer-block"),
    part("misread", ".misread-block"),
    part("digit", ".your-digit"),
    part("gradients", ".layer-gradients"),
    part("files", ".files"),
];

/// The parts of Draw.
pub const DRAW: [Part; 4] = [
    part("stages", ".draw-stages"),
    part("examples", ".draw-pad .examples"),
    part("network", ".draw-network"),
    part("next", ".onward"),
];

/// The parts of Inspect.
pub const INSPECT: [Part; 10] = [
    part("inspect-network", ".inspect-head .field:has([data-testid=inspect-network])"),
    part("image", ".image-field"),
    part("show", ".segmented[data-testid=show]"),
    part("unit", ".inspect-layers .unit"),
    part("jacobian", "#tab-jacobian, #panel-jacobian"),
    part("weight", "#tab-weight, #panel-weight"),
    part("over-batch", "#tab-batch, #panel-batch"),
    part("training", "#tab-training, #panel-training"),
    part("attack", "#tab-attack, #panel-attack"),
    part("gallery", ".gallery"),
];

/// The parts of Backprop.
pub const BACKPROP: [Part; 7] = [
    part("expression", ".expression-field"),
    part("presets", ".field:has([data-testid=preset])"),
    part("rate", ".field:has([data-testid=backprop-rate])"),
    part("variables", ".variables"),
    part("rule", ".rule"),
    part("speed", ".transport-speed"),
    part("network-tab", "#tab-network, #panel-network"),
];

/// The parts of a chapter.
pub const LEARN: [Part; 4] = [
    part("cells", ".chapter .cell"),
    part("questions", ".question"),
    part("widget-controls", ".widget-controls"),
    part("navigation", ".chapter-navigation"),
];

/// The parts of the overfitting lab on its own page; also there in its chapter.
pub const LAB: [Part; 3] = [
    part("lab-settings", "#widget-overfitting .widget-controls"),
    part("lab-runs", "#widget-overfitting .lab-runs"),
    part("lab-mask", ".lab-mask"),
];

/// All of them.
fn all() -> impl Iterator<Item = &'static Part> {
    VIEWS.iter().chain(&TRAIN).chain(&DRAW).chain(&INSPECT).chain(&BACKPROP).chain(&LEARN).chain(&LAB)
}

/// The part of that name.
fn named(name: &str) -> Option<Part> {
    all().find(|part| part.name == name).copied()
}

/// Reads what stands after `hide=`: the parts, and the first word that is none.
pub fn parse(text: &str) -> (Vec<Part>, Option<&str>) {
    let words = || text.split(',').map(str::trim).filter(|word| !word.is_empty());
    (words().filter_map(named).collect(), words().find(|word| named(word).is_none()))
}

/// The style rules that hide these parts; also from the keyboard and from assistive tools.
pub fn rules(parts: &[Part]) -> String {
    let mut rules: String = parts.iter().map(|part| format!("{}{{display:none!important}}\n", part.selector)).collect();
    if !parts.is_empty() {
        // Whoever is to see less is not offered to change that.
        rules.push_str(".class-link{display:none!important}\n");
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_rules_and_nonsense_is_named() {
        let (parts, unknown) = parse("seed, schedule,elephant,");
        assert_eq!(parts.iter().map(|part| part.name).collect::<Vec<_>>(), ["seed", "schedule"]);
        assert_eq!(unknown, Some("elephant"));
        let rules = rules(&parts);
        assert!(
            rules.contains("[data-testid=new-seed]{display:none!important}") && rules.contains(".class-link"),
            "{rules}"
        );
        assert_eq!((super::rules(&[]), parse("").1), (String::new(), None));
    }

    #[test]
    fn a_name_stands_for_one_thing() {
        let mut names: Vec<_> = all().map(|part| part.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
