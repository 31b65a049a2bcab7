//! Small matrices as tables of cells, shaded by what they are: the drawing that most tensor widgets share.

use leptos::prelude::*;

/// How a cell looks.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Shade {
    #[default]
    Plain,
    /// Taken by an index, in a window, in a row.
    Chosen,
    /// The one that is looked at.
    Strong,
    /// Not there: a border, a stretched copy.
    Faint,
}

impl Shade {
    fn name(self) -> &'static str {
        match self {
            Shade::Plain => "plain",
            Shade::Chosen => "chosen",
            Shade::Strong => "strong",
            Shade::Faint => "faint",
        }
    }
}

/// A cell: what stands in it, and how it looks.
pub type Cell = (String, Shade);

/// Rows of cells under a caption. With `pick`, each cell is a button.
pub fn grid(caption: impl Into<String>, rows: Vec<Vec<Cell>>, pick: Option<Callback<(usize, usize)>>) -> AnyView {
    let caption = caption.into();
    let label = caption.clone();
    let body = rows
        .into_iter()
        .enumerate()
        .map(|(r, row)| {
            let cells = row
                .into_iter()
                .enumerate()
                .map(|(c, (text, shade))| match pick {
                    Some(pick) => view! {
                        <td data-shade=shade.name()>
                            <button type="button" class="cell-button" on:click=move |_| pick.run((r, c)) aria-pressed=(shade == Shade::Strong).to_string()>
                                {text}
                            </button>
                        </td>
                    }
                    .into_any(),
                    None => view! { <td data-shade=shade.name()>{text}</td> }.into_any(),
                })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    view! {
        <div class="cells-block">
            <span class="cells-caption">{caption}</span>
            <table class="cells number" aria-label=label><tbody>{body}</tbody></table>
        </div>
    }
    .into_any()
}

/// Numbers in rows of `width`, shaded by position.
pub fn rows(numbers: &[f64], width: usize, shade: impl Fn(usize) -> Shade) -> Vec<Vec<Cell>> {
    let cell = |(at, number): (usize, &f64)| (crate::lessons::compute::short(*number), shade(at));
    let cells: Vec<Cell> = numbers.iter().enumerate().map(cell).collect();
    cells.chunks(width.max(1)).map(<[Cell]>::to_vec).collect()
}
