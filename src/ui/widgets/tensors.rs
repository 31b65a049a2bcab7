//! Widgets of the first chapter: maker, indexer, broadcasting, product, sum along an axis.

use super::Handle;
use super::cells::{Shade, grid, rows};
use super::controls;
use crate::lessons::compute::{short, tensors};
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// Runs a typed call and draws the tensor that it makes.
#[component]
pub fn Maker(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let made = Memo::new(move |_| tensors::make(&handle.text("call"), handle.whole("seed") as u64));
    let picture = move || match made.get() {
        Err(error) => view! { <p class="field-error">{error}</p> }.into_any(),
        Ok(made) if made.sizes.len() <= 2 && made.numbers.len() <= 144 && !made.numbers.is_empty() => {
            let width = made.sizes.last().copied().unwrap_or(1);
            grid(format!("{} {:?}", made.dtype, made.sizes), rows(&made.numbers, width, |_| Shade::Plain), None)
        }
        Ok(made) => view! { <pre class="cell-output" tabindex="0">{made.printed}</pre> }.into_any(),
    };
    let examples = ["zeros(3,4)", "arange(9).reshape(3,3)", "linspace(0,1,5)", "rand(3,4)", "randint(0,10,(16,))", "eye(4)"];
    let examples = examples.map(|call| {
        view! { <button type="button" class="small" on:click=move |_| handle.set("call", call)><code>{call}</code></button> }
    });
    view! {
        <div class="widget-stage">{picture}</div>
        <div class="widget-examples" role="group" aria-label=t!(i18n, learn.examples)>{examples.collect_view()}</div>
        {controls::all(handle, &[])}
    }
}

/// Shades the cells of `x` that a typed index takes.
#[component]
pub fn Indexer(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = Memo::new(move |_| tensors::index(&handle.text("expr")));
    let picture = move || {
        let positions = chosen.get().map(|chosen| chosen.positions).unwrap_or_default();
        let numbers: Vec<f64> = (1..=12).map(f64::from).collect();
        let shade = |at: usize| if positions.contains(&at) { Shade::Chosen } else { Shade::Plain };
        grid("x", rows(&numbers, tensors::INDEXED[1], shade), None)
    };
    let result = move || match chosen.get() {
        Ok(chosen) => view! { <pre class="cell-output" tabindex="0" aria-live="polite">{chosen.printed}</pre> }.into_any(),
        Err(error) => view! { <p class="field-error" aria-live="polite">{error}</p> }.into_any(),
    };
    let examples = ["x[0,0]", "x[1]", "x[:,1]", "x[:,[1]]", "x[-2:]", "x[:,[2,1,0]]", "x[[0,1,2],[2,1,0]]", "x[x > 6]"];
    let examples = examples.map(|expression| {
        let set = move |_| handle.set("expr", expression);
        view! { <button type="button" class="small" on:click=set><code>{expression}</code></button> }
    });
    view! {
        <div class="widget-stage widget-row">{picture} {result}</div>
        <div class="widget-examples" role="group" aria-label=t!(i18n, learn.examples)>{examples.collect_view()}</div>
        {controls::all(handle, &[])}
    }
}

/// One axis of two shapes aligned from the right: both sizes, where they have it, and whether they fit.
type AlignedAxis = (Option<usize>, Option<usize>, bool);

/// Aligns two shapes from the right and shows which axes stretch.
#[component]
pub fn Broadcast(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let sizes = move |key: &'static str| handle.values().sizes(key);
    let table = move || {
        let aligned = tensors::align(&sizes("a"), &sizes("b"));
        let result = aligned.result.clone().ok();
        let row = |name: &'static str, side: fn(&AlignedAxis) -> Option<usize>| {
            let cells = aligned.axes.iter().enumerate().map(|(at, axis)| {
                let size = side(axis);
                let target = result.as_ref().map(|sizes| sizes[at]);
                let stretched = size != target && target.is_some();
                let shade = match (axis.2, stretched) {
                    (false, _) => "strong",
                    (true, true) => "chosen",
                    _ => "plain",
                };
                let text = match (size, target) {
                    (Some(size), Some(target)) if size != target => format!("{size} → {target}"),
                    (None, Some(target)) => format!("· → {target}"),
                    (Some(size), _) => size.to_string(),
                    (None, None) => "·".to_owned(),
                };
                view! { <td data-shade=shade>{text}</td> }
            });
            view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
        };
        view! {
            <table class="cells number">
                <tbody>{row("a", |axis| axis.0)} {row("b", |axis| axis.1)}</tbody>
            </table>
        }
    };
    let outcome = move || match tensors::align(&sizes("a"), &sizes("b")).result {
        Err(error) => view! { <p class="field-error" aria-live="polite">"RuntimeError: " {error}</p> }.into_any(),
        Ok(result) => {
            let small = [sizes("a"), sizes("b"), result.clone()].iter().all(|sizes| {
                sizes.len() <= 2 && sizes.iter().product::<usize>() <= 36 && sizes.iter().all(|size| *size > 0)
            });
            let drawn = small.then(|| tensors::broadcast_sum(&sizes("a"), &sizes("b")).ok()).flatten().map(|(a, b, sum)| {
                let draw = |name: &str, tensor: &crate::Tensor| {
                    let width = tensor.shape().last().copied().unwrap_or(1);
                    grid(name, rows(&tensor.to_f64_vec().unwrap_or_default(), width, |_| Shade::Plain), None)
                };
                view! {
                    <div class="widget-row">
                        {draw("a", &a)} <span class="widget-pair">"+" {draw("b", &b)}</span>
                        <span class="widget-pair">"=" {draw("a + b", &sum)}</span>
                    </div>
                }
            });
            view! {
                <p aria-live="polite">{t_string!(i18n, learn.result_shape, shape = crate::lessons::compute::shape_text(&result))}</p>
                {drawn}
            }
            .into_any()
        }
    };
    view! {
        <div class="widget-stage">{table} {outcome}</div>
        {controls::all(handle, &[])}
    }
}

/// A matrix product, one cell at a time: pick it and see its row, its column and its sum.
#[component]
pub fn Product(handle: Handle) -> impl IntoView {
    let pick = Callback::new(move |(row, column): (usize, usize)| {
        handle.set_all(&vec![("row".into(), row.to_string()), ("column".into(), column.to_string())]);
    });
    let picture = move || {
        let (row, column) = (handle.whole("row"), handle.whole("column"));
        let (left, right, product) = tensors::product().ok()?;
        let numbers = |tensor: &crate::Tensor| tensor.to_f64_vec().unwrap_or_default();
        let in_row = move |at: usize| if at / 3 == row { Shade::Chosen } else { Shade::Plain };
        let in_column = move |at: usize| if at % 2 == column { Shade::Chosen } else { Shade::Plain };
        let picked = move |at: usize| if at == row * 2 + column { Shade::Strong } else { Shade::Plain };
        Some(view! {
            {grid("A", rows(&numbers(&left), 3, in_row), None)}
            <span class="widget-pair">"@" {grid("B", rows(&numbers(&right), 2, in_column), None)}</span>
            <span class="widget-pair">"=" {grid("A @ B", rows(&numbers(&product), 2, picked), Some(pick))}</span>
        })
    };
    view! {
        <div class="widget-stage widget-row">{picture}</div>
        <p class="widget-formula number" aria-live="polite">{move || handle.shown("sum")} " = " <strong>{move || handle.shown("value")}</strong></p>
        {controls::all(handle, &[])}
    }
}

/// A block of ones and its sum along one axis: the cells that are added into the first cell of the result are shaded.
#[component]
pub fn AxisSum(handle: Handle) -> impl IntoView {
    let picture = move || {
        let sizes = handle.values().sizes("shape");
        let [layers, height, width] = sizes[..] else { return None };
        let dim = handle.whole("dim").min(2);
        let shade = move |layer: usize, row: usize, column: usize| {
            let here = [layer, row, column];
            let added = (0..3).all(|axis| axis == dim || here[axis] == 0);
            if added { Shade::Chosen } else { Shade::Plain }
        };
        let block = (0..layers).map(|layer| {
            let cells =
                (0..height).map(|row| (0..width).map(|column| ("1".to_owned(), shade(layer, row, column))).collect());
            grid(format!("x[{layer}]"), cells.collect(), None)
        });
        let (shape, numbers) = tensors::sum_along(&sizes, dim).ok()?;
        let result = grid(
            format!("x.sum(dim={dim})"),
            rows(&numbers, shape.last().copied().unwrap_or(1), |at| if at == 0 { Shade::Strong } else { Shade::Plain }),
            None,
        );
        Some(view! { {block.collect_view()} <span class="widget-pair">"→" {result}</span> })
    };
    let words = move || {
        let sizes = handle.values().sizes("shape");
        let terms = sizes.get(handle.whole("dim")).copied().unwrap_or(0);
        format!("{} = {}", vec!["1"; terms].join(" + "), short(terms as f64))
    };
    view! {
        <div class="widget-stage widget-row">{picture}</div>
        <p class="widget-formula number" aria-live="polite">{words}</p>
        {controls::some(handle, &["dim"])}
    }
}
