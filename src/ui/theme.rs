//! Light, dark, or as the system has it; and the colours of the style sheet for whatever draws on a canvas.
//! The colours themselves are in `www/style/tokens.css`, nowhere else.

use super::storage;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The reader's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// All, in the order in which the button goes round.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// As the style sheet and the browser's storage have it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.code() == code)
    }
}

/// Red, green, blue, each 0 to 255.
pub type Rgb = [u8; 3];

/// The colours of the theme that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    pub ground: Rgb,
    pub surface: Rgb,
    pub ink: Rgb,
    pub muted: Rgb,
    pub line: Rgb,
    pub accent: Rgb,
    /// Negative numbers; zero is the surface, see [`Palette::signed`].
    pub minus: Rgb,
    /// Positive numbers.
    pub plus: Rgb,
}

impl Palette {
    /// A signed number between -1 and 1 on the diverging scale: minus - surface - plus.
    pub fn signed(&self, value: f32) -> Rgb {
        let end = if value < 0.0 { self.minus } else { self.plus };
        mix(self.surface, end, value.abs().min(1.0))
    }

    /// An amount between 0 and 1 on viridis, which is the same in both themes.
    pub fn amount(value: f32) -> Rgb {
        let position = value.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
        let step = (position as usize).min(VIRIDIS.len() - 2);
        mix(VIRIDIS[step], VIRIDIS[step + 1], position - step as f32)
    }
}

/// Nine points of matplotlib's viridis; between them straight lines.
const VIRIDIS: [Rgb; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// `share` of the way from one colour to the other.
pub fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        (from + (to - from) * share).round() as u8
    })
}

/// A colour as CSS has it.
pub fn css([red, green, blue]: Rgb) -> String {
    format!("rgb({red} {green} {blue})")
}

/// The theme and what follows from it. A context; `Copy`.
#[derive(Clone, Copy)]
pub struct ThemeState {
    choice: RwSignal<Theme>,
    palette: Memo<Palette>,
    reduced_motion: Signal<bool>,
}

impl ThemeState {
    /// Takes up the reader's last choice, and follows the system. Once, by the frame.
    pub fn start() -> Self {
        let choice = RwSignal::new(storage::load("theme").and_then(|code| Theme::from_code(&code)).unwrap_or(Theme::Auto));
        let system_dark = media_query("(prefers-color-scheme: dark)");
        // The page has to wear the theme before its colours can be read, so both happen in one place.
        let palette = Memo::new(move |_| {
            system_dark.get();
            set_on_page(choice.get());
            read_palette()
        });
        Effect::new(move |_| palette.track());
        Self { choice, palette, reduced_motion: media_query("(prefers-reduced-motion: reduce)") }
    }

    /// The reader's choice; followed.
    pub fn choice(self) -> Theme {
        self.choice.get()
    }

    /// Chooses, and keeps the choice for the next visit.
    pub fn choose(self, theme: Theme) {
        storage::save("theme", theme.code());
        self.choice.set(theme);
    }

    /// The colours that are shown; a drawing that reads them is redrawn when they change.
    pub fn palette(self) -> Palette {
        self.palette.get()
    }
}

/// The colours that are shown, for a component that draws.
pub fn use_palette() -> Memo<Palette> {
    expect_context::<ThemeState>().palette
}

/// Whether the reader asked for less motion; followed.
pub fn use_reduced_motion() -> Signal<bool> {
    expect_context::<ThemeState>().reduced_motion
}

/// Whether a CSS media query holds, as a signal. For what is asked once and then kept.
pub fn media_query(query: &str) -> Signal<bool> {
    let holds = RwSignal::new(false);
    if let Ok(Some(list)) = window().match_media(query) {
        holds.set(list.matches());
        let listener = wasm_bindgen::closure::Closure::<dyn Fn(web_sys::MediaQueryListEvent)>::new(
            move |event: web_sys::MediaQueryListEvent| {
                holds.try_set(event.matches());
            },
        );
        let _ = list.add_event_listener_with_callback("change", listener.as_ref().unchecked_ref());
        // Lives as long as the page: there are few such queries, each asked once.
        listener.forget();
    }
    holds.into()
}

fn set_on_page(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", theme.code());
    }
}

/// Asks the browser what each colour variable amounts to under the theme that is set.
fn read_palette() -> Palette {
    let probe = document().create_element("span").ok().and_then(|span| span.dyn_into::<web_sys::HtmlElement>().ok());
    if let (Some(probe), Some(body)) = (&probe, document().body()) {
        probe.set_hidden(true);
        let _ = body.append_child(probe);
    }
    let read = |name: &str, fallback: Rgb| {
        let Some(probe) = &probe else { return fallback };
        let _ = web_sys::HtmlElement::style(probe).set_property("color", &format!("var(--{name})"));
        let computed = window().get_computed_style(probe).ok().flatten();
        computed.and_then(|style| parse_rgb(&style.get_property_value("color").ok()?)).unwrap_or(fallback)
    };
    let palette = Palette {
        ground: read("ground", [251, 250, 248]),
        surface: read("surface", [255, 255, 255]),
        ink: read("ink", [27, 29, 34]),
        muted: read("muted", [91, 98, 112]),
        line: read("line", [217, 215, 210]),
        accent: read("accent", [47, 91, 208]),
        minus: read("minus", [33, 102, 172]),
        plus: read("plus", [178, 24, 43]),
    };
    if let Some(probe) = probe {
        probe.remove();
    }
    palette
}

/// `rgb(1, 2, 3)`, which is how browsers write a computed colour.
fn parse_rgb(text: &str) -> Option<Rgb> {
    let inside = text.strip_prefix("rgb(").or(text.strip_prefix("rgba("))?.strip_suffix(')')?;
    let mut numbers = inside.split([',', ' ', '/']).filter(|part| !part.is_empty()).map(|part| part.parse::<f32>());
    let mut next = || Some(numbers.next()?.ok()?.round() as u8);
    Some([next()?, next()?, next()?])
}
