//! Walking a scalar graph: every number that is shown is the core's, multiplies to what is shown, and is there again
//! after going back and forth.

use gradlab::explain::digits::plain_number;
use gradlab::explain::expression::Program;
use gradlab::explain::formula::{mathml, number, rule};
use gradlab::explain::operation::Operation;
use gradlab::explain::presets::PRESETS;
use gradlab::explain::scalar_check::check_node;
use gradlab::explain::scalar_graph::{ScalarGraph, Settings};
use gradlab::explain::trace::{Phase, Position, State, Step, Trace, Walk};
use gradlab::explain::written::{Written, written};
use std::sync::Arc;

const RATE: f64 = 0.1;

fn program(source: &str) -> Arc<Program> {
    Arc::new(Program::parse(source).unwrap_or_else(|problem| panic!("{source}: {problem}")))
}

fn graph(source: &str) -> ScalarGraph {
    ScalarGraph::evaluate(&program(source), &Settings::default()).expect("evaluates")
}

fn trace(source: &str) -> Trace {
    Trace::new(&graph(source), RATE).expect("traces")
}

fn gradient(trace: &Trace, name: &str) -> f64 {
    let program = trace.program();
    let id = (0..program.nodes.len()).find(|&id| program.label(id) == name).expect(name);
    trace.state(trace.steps().len()).gradients[id].expect(name)
}

/// Expressions that use every operation, some nodes several times.
const ALL: &str = "a = 0.7; b = -1.3; c = 2.5; d = 0.7
u = sigmoid(a*b) + tanh(b/c) - relu(c - a) + leaky_relu(b) * softplus(a)
v = exp(a - c)^2 + log(c) * sqrt(c) - abs(b) + sin(b) * cos(a) + square(a*c)
m = max(a, b) * min(c, b) + max(a, d) + c^a + 2^b + c^(-1.5) - -b
L = u*v + u/m + (a + a)*a + detach(c)*b";

fn sources() -> Vec<&'static str> {
    PRESETS.iter().map(|preset| preset.source).chain([ALL]).collect()
}

#[test]
fn the_walk_ends_with_the_gradients_of_backward() {
    for source in sources() {
        let trace = trace(source);
        let whole = graph(source).gradients().expect("backward");
        assert_eq!(trace.state(trace.steps().len()).gradients, whole, "{source}");
    }
}

#[test]
fn gradients_are_finite_differences() {
    for source in sources() {
        let program = program(source);
        let at = |values: &[f64]| {
            let graph = ScalarGraph::evaluate_at(&program, values, &Default::default()).expect("evaluates");
            graph.values()[program.output]
        };
        // max(a, d) stands on its kink, where there is no derivative: a half is PyTorch's choice.
        let trace = trace(source);
        let starts = graph(source).starts();
        for (k, id) in program.variables().enumerate() {
            if source == ALL && matches!(program.label(id).as_str(), "a" | "d" | "c") {
                continue;
            }
            let step = 1e-6;
            let mut high = starts.clone();
            high[k] += step;
            let mut low = starts.clone();
            low[k] -= step;
            let difference = (at(&high) - at(&low)) / (2.0 * step);
            let found = gradient(&trace, &program.label(id));
            assert!((difference - found).abs() < 1e-6 * (1.0 + found.abs()), "{source}: {}", program.label(id));
        }
    }
}

#[test]
fn shown_numbers_multiply_and_add_to_what_is_shown() {
    let close = |a: f64, b: f64| (a - b).abs() <= 4.0 * f64::EPSILON * a.abs().max(b.abs());
    for source in sources() {
        let trace = trace(source);
        let mut second_paths = 0;
        for step in trace.steps() {
            if let Step::Backward { upstream, slope, product, before, after, .. } = *step {
                assert!(close(upstream * slope, product), "{source}: {step:?}");
                assert_eq!(before.map_or(product, |before| before + product), after);
                second_paths += usize::from(before.is_some());
            }
            if let Step::Update { before, gradient, after, .. } = *step {
                assert_eq!(before - RATE * gradient, after);
            }
        }
        let reused = trace.program().nodes.iter().flat_map(|node| node.inputs()).count();
        assert!(reused > 0 && (second_paths > 0 || !source.contains("x*x")));
    }
}

#[test]
fn written_numbers_make_what_is_written() {
    let read = |text: &str| text.parse::<f64>().expect("a number");
    for source in sources() {
        let trace = trace(source);
        for (k, step) in trace.steps().iter().enumerate() {
            match written(trace.program(), step, &trace.state(k + 1)) {
                Written::Backward(edge) => {
                    let product = read(&edge.upstream) * read(&edge.slope);
                    match edge.sum {
                        None => assert_eq!(plain_number(product), edge.product, "{source}: {edge:?}"),
                        // Where a second path adds to it, the product has the digits that the sum needs.
                        Some((before, after)) => {
                            assert!((product - read(&edge.product)).abs() <= 1e-3 * product.abs(), "{source}: {product}");
                            assert_eq!(plain_number(read(&before) + read(&edge.product)), after, "{source}");
                        }
                    }
                }
                Written::Update { before, rate, gradient, after } => {
                    assert_eq!(plain_number(read(&before) - read(&rate) * read(&gradient)), after, "{source}");
                }
                Written::Forward { .. } | Written::Seed => {}
            }
        }
    }
    let trace = trace("a = 0.12344; b = 0.56784; y = a*b");
    let step = &trace.steps()[0];
    let numbers = rule(trace.program(), step, &trace.state(1)).numbers;
    // 0.1234 times 0.5678 would be 0.07007.
    assert_eq!(numbers, r"y = 0.12344 \cdot 0.56784 = 0.07009");
}

#[test]
fn every_gradient_passes_its_check() {
    for source in sources() {
        let (program, trace) = (program(source), trace(source));
        let mut checked = 0;
        for position in 1..=trace.end_of(Phase::Backward) {
            let Some(node) = trace.completed(position) else { continue };
            let check = check_node(&program, &trace, node, 1e-5).expect("checks");
            let hidden = program.nodes.iter().any(|node| node.operation == Operation::Detach);
            assert!(check.agrees() || check.kink || hidden, "{source}: {} {check:?}", program.label(node));
            assert_eq!(Some(check.autograd), trace.state(position).gradients[node], "{source}: complete");
            checked += 1;
        }
        let reached = trace.state(trace.end_of(Phase::Backward)).gradients.iter().flatten().count();
        assert_eq!(checked + 1, reached, "{source}: each gradient once, but for the seed");
    }
    let walked = trace("x = 3; y = x*x + x");
    assert_eq!(walked.last_at(0, 0), None, "a variable has its value before any step");
    assert_eq!((walked.last_at(1, 2), walked.last_at(2, 2)), (Some(1), Some(2)));
    let end = walked.end_of(Phase::Backward);
    assert_eq!((walked.last_at(0, end), walked.completed(end)), (Some(end), Some(0)));
    let (program, trace) = (program("x = 0; y = 3*relu(x)"), trace("x = 0; y = 3*relu(x)"));
    assert!(check_node(&program, &trace, 0, 1e-5).expect("checks").kink);
}

#[test]
fn back_and_forth_leaves_the_same_bits() {
    for preset in PRESETS {
        let program = program(preset.source);
        let walk = Walk::new(&program, &Settings::default(), RATE).expect("walk");
        let bits = |state: &State| -> Vec<Option<u64>> {
            state.values.iter().chain(&state.gradients).map(|value| value.map(f64::to_bits)).collect()
        };
        let mut position = Position::default();
        let mut seen = Vec::new();
        for _ in 0..100 {
            let trace = walk.trace(position.round).expect("trace");
            seen.push((position, bits(&trace.state(position.step))));
            position = position.forward(&trace);
        }
        assert!(position.round > 0, "{}: a hundred steps go beyond one training step", preset.name);
        for (expected, state) in seen.iter().rev() {
            position = position.back(&walk.trace(position.round).expect("trace"));
            assert_eq!(position, *expected, "{}", preset.name);
            assert_eq!(bits(&walk.trace(position.round).expect("trace").state(position.step)), *state, "{}", preset.name);
        }
        for (expected, state) in &seen {
            assert_eq!(position, *expected);
            let trace = walk.trace(position.round).expect("trace");
            assert_eq!(bits(&trace.state(position.step)), *state);
            position = position.forward(&trace);
        }
        let fresh = Walk::new(&program, &Settings::default(), RATE).expect("walk");
        assert_eq!(bits(&fresh.trace(3).expect("trace").state(4)), bits(&walk.trace(3).expect("trace").state(4)));
    }
}

#[test]
fn presets_have_the_gradients_of_their_closed_forms() {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} {b}");
    let source = |name: &str| gradlab::explain::presets::preset(name).expect(name).source;

    let neuron = trace(source("neuron"));
    let o = sigmoid(0.5 * 2.0 - 1.0);
    close(gradient(&neuron, "w"), (o - 1.0) * o * (1.0 - o) * 2.0);
    close(gradient(&neuron, "b"), (o - 1.0) * o * (1.0 - o));

    let chain = trace(source("chain"));
    close(gradient(&chain, "w1"), 2.0);
    close(gradient(&chain, "y1"), 2.0);
    close(gradient(&chain, "w2"), 3.0);

    let outputs = trace(source("outputs"));
    let (o1, o2) = (sigmoid(0.4 + 0.3), sigmoid(0.7 - 0.1));
    close(gradient(&outputs, "w11"), (o1 - 1.0) * o1 * (1.0 - o1));
    close(gradient(&outputs, "w22"), o2 * o2 * (1.0 - o2) * -0.5);

    let net = trace(source("perceptron"));
    let (x1, x2) = (0.35, 0.9);
    let (h1, h2) = (sigmoid(0.1 * x1 + 0.8 * x2), sigmoid(0.4 * x1 + 0.6 * x2));
    let o = sigmoid(0.3 * h1 + 0.9 * h2);
    let delta = o * (1.0 - o) * (o - 0.5);
    close(gradient(&net, "v1"), h1 * delta);
    close(gradient(&net, "w22"), x2 * h2 * (1.0 - h2) * delta * 0.9);

    let softmax = trace(source("softmax"));
    let e: Vec<f64> = [2.0f64, 1.0, 0.1].iter().map(|z| z.exp()).collect();
    let sum: f64 = e.iter().sum();
    for (k, y) in [0.0, 1.0, 0.0].iter().enumerate() {
        close(gradient(&softmax, &format!("z{}", k + 1)), e[k] / sum - y);
    }

    close(gradient(&trace(source("reuse")), "x"), 7.0);
    close(gradient(&trace(source("relu")), "w"), 0.0);
    let bce = trace(source("cross-entropy"));
    close(gradient(&bce, "w"), (sigmoid(1.2 * 0.8 - 0.3) - 1.0) * 1.2);
}

#[test]
fn switches_and_values_are_followed() {
    let program = program("L = (w*x - t)^2");
    let mut settings = Settings::default();
    settings.values.extend([("w".to_string(), 3.0), ("x".to_string(), 2.0), ("t".to_string(), 1.0)]);
    settings.without_gradient.extend(["x".to_string(), "t".to_string()]);
    let trace = Trace::new(&ScalarGraph::evaluate(&program, &settings).expect("graph"), RATE).expect("trace");
    assert_eq!(gradient(&trace, "w"), 2.0 * 5.0 * 2.0);
    assert!(trace.state(trace.steps().len()).gradients[1].is_none(), "x needs none");
    assert_eq!(trace.end_of(Phase::Forward), 3);
    assert_eq!(trace.place(4), Some((Phase::Backward, 1, 4)));
    assert_eq!(trace.updated()[0], 3.0 - RATE * 20.0);
    settings.without_gradient.insert("w".to_string());
    let graph = ScalarGraph::evaluate(&program, &settings).expect("graph");
    assert!(!graph.requires_grad(program.output));
    assert!(graph.gradients().expect_err("no gradient").to_string().contains("does not require grad"));
    let still = Trace::new(&graph, RATE).expect("trace");
    assert_eq!(still.steps().len(), still.end_of(Phase::Forward));
}

#[test]
fn a_division_by_zero_is_found_where_it_happens() {
    let program = program("u = a - b; L = 1/u + u");
    let mut settings = Settings::default();
    settings.values.extend([("a".to_string(), 1.0), ("b".to_string(), 1.0)]);
    let graph = ScalarGraph::evaluate(&program, &settings).expect("graph");
    let node = graph.first_not_finite().expect("infinite");
    assert_eq!(program.nodes[node].span, 15..18);
    assert!(Trace::new(&graph, RATE).is_ok());
}

#[test]
fn rules_render() {
    for source in sources() {
        let trace = trace(source);
        let program = trace.program();
        for (k, step) in trace.steps().iter().enumerate() {
            let rule = rule(program, step, &trace.state(k + 1));
            for tex in [Some(rule.symbols), Some(rule.numbers), rule.slope, rule.sum].into_iter().flatten() {
                let markup = mathml(&tex, "a & b", true);
                assert!(markup.starts_with("<math role=\"math\" aria-label=\"a &amp; b\""), "{tex}: {markup}");
                assert!(!markup.contains("merror"), "{tex}");
            }
        }
    }
    assert_eq!(plain_number(0.0512), "0.0512");
    assert_eq!(plain_number(-123.456), "-123.5");
    assert_eq!(plain_number(2.0), "2");
    assert_eq!(plain_number(0.00001234), "1.234e-5");
    assert_eq!(number(1.5e-7), r"1.5\cdot 10^{-7}");
    assert_eq!(number(f64::NEG_INFINITY), r"-\infty");
    let trace = trace("w = 2; x = 3; L = w*x");
    let step = &trace.steps()[2];
    let shown = rule(trace.program(), step, &trace.state(3));
    assert_eq!(shown.numbers, r"1 \cdot 3 = 3");
    assert_eq!(
        shown.symbols,
        r"\frac{\partial L}{\partial w} = \frac{\partial L}{\partial L} \cdot \frac{\partial L}{\partial w}"
    );
}

#[test]
fn three_hundred_nodes_are_walked_in_no_time() {
    let sum: Vec<String> = (0..100).map(|k| format!("sigmoid(w{}*x{})", k % 20, k % 10)).collect();
    let program = program(&format!("L = {}", sum.join(" + ")));
    assert!(program.nodes.len() > 300);
    let start = std::time::Instant::now();
    let walk = Walk::new(&program, &Settings::default(), RATE).expect("walk");
    let trace = walk.trace(0).expect("trace");
    println!("{} nodes, {} steps: {:?} to trace", program.nodes.len(), trace.steps().len(), start.elapsed());
    let start = std::time::Instant::now();
    let middle = trace.state(trace.steps().len() / 2);
    let shown = rule(&program, &trace.steps()[400], &middle);
    println!("a state and a rule: {:?}", start.elapsed());
    assert!(!shown.symbols.is_empty());
}

#[test]
fn every_preset_has_the_values_and_gradients_of_pytorch() {
    #[derive(serde::Deserialize)]
    struct Row {
        name: String,
        source: String,
        values: std::collections::BTreeMap<String, f64>,
        grads: std::collections::BTreeMap<String, Option<f64>>,
    }
    let rows: Vec<Row> = serde_json::from_str(include_str!("golden/presets.json")).expect("rows");
    assert_eq!(rows.len(), PRESETS.len(), "a preset without a fixture");
    for (row, preset) in rows.iter().zip(PRESETS) {
        assert_eq!((row.name.as_str(), row.source.as_str()), (preset.name, preset.source));
        let without_gradient = preset.without_gradient.iter().map(|name| name.to_string()).collect();
        let settings = Settings { without_gradient, ..Settings::default() };
        let graph = ScalarGraph::evaluate(&program(preset.source), &settings).expect("evaluates");
        let trace = Trace::new(&graph, RATE).expect("traces");
        let found = trace.state(trace.end_of(Phase::Backward));
        for id in (0..trace.program().nodes.len()).filter(|&id| row.values.contains_key(&trace.program().label(id))) {
            let name = trace.program().label(id);
            let near = |ours: f64, theirs: f64| (ours - theirs).abs() <= 4.0 * f64::EPSILON * theirs.abs().max(1.0);
            assert!(near(trace.values()[id], row.values[&name]), "{}: value of {name}", preset.name);
            match (found.gradients[id], row.grads[&name]) {
                (Some(ours), Some(theirs)) => assert!(near(ours, theirs), "{}: gradient of {name}", preset.name),
                (ours, theirs) => assert_eq!(ours, theirs, "{}: gradient of {name}", preset.name),
            }
        }
    }
}
