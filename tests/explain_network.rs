//! Looking inside a network: the shown sums are the network's numbers, the gradients are finite differences, whatever
//! the layers.

use gradlab::Device;
use gradlab::explain::badges::{Flow, NotFinite, badges, first_not_finite, flow, histogram};
use gradlab::explain::check::{Subject, check, check_step};
use gradlab::explain::connections::receptive_field;
use gradlab::explain::jacobian::SoftmaxJacobian;
use gradlab::explain::network_trace::{LayerView, NetworkTrace};
use gradlab::explain::passing::passed;
use gradlab::explain::patch::patches;
use gradlab::explain::products::{Sum, bias_gradient_sum, input_gradient_sum, output_sum, weight_gradient_sum};
use gradlab::explain::saliency::{attack, read, saliency};
use gradlab::nn::init::Initialization;
use gradlab::nn::network::Network;
use gradlab::nn::spec::NetworkSpec;
use gradlab::random::Generator;

fn network(text: &str) -> Network {
    let spec = NetworkSpec::parse(text).expect(text);
    Network::new(spec, Initialization::Default, &mut Generator::new(7), &Device::Cpu).expect(text)
}

/// Pictures with strokes in them, not the same for any two.
fn images(count: usize) -> Vec<f32> {
    let pixel = |i: usize| {
        let (image, y, x) = (i / 784, i / 28 % 28, i % 28);
        let ink = (x as f32 - 9.0 - image as f32 * 2.0).abs() < 2.0 || (y as f32 - 6.0 - image as f32 * 3.0).abs() < 1.5;
        if ink { 2.0 + (i % 7) as f32 * 0.1 } else { -0.4242 + (i % 5) as f32 * 0.001 }
    };
    (0..count * 784).map(pixel).collect()
}

const NETWORKS: [&str; 5] = [
    "cnn",
    "linear20,tanh,linear10",
    "conv3k4s3p2,leaky0.1,avgpool2,conv4k2,sigmoid,flatten,linear12,softplus,linear10",
    "dropout0.5,linear16,elu,linear14,selu,linear12,gelu,linear10",
    "flatten,linear15,relu,linear10,relu",
];

fn agrees(sum: &Sum, what: &str) {
    let size: f64 = sum.products.iter().map(|product| product.value().abs()).sum::<f64>() + sum.bias.unwrap_or(0.0).abs();
    let apart = (sum.total - f64::from(sum.shown)).abs();
    assert!(apart <= 1e-5 * size + 1e-9, "{what}: {} against {}", sum.total, sum.shown);
}

#[test]
fn what_passes_a_layer_without_weights_is_upstream_times_slope() {
    for text in NETWORKS {
        let trace = NetworkTrace::new(&network(text), &images(2), &[3, 1]).expect(text);
        for view in &trace.layers {
            let mut arrived = 0;
            for input in (0..view.input.data.len()).step_by(7) {
                let Some(found) = passed(view, input) else { continue };
                let by_hand = found.slope.map_or(0.0, |slope| slope * found.upstream);
                assert!((by_hand - found.product).abs() <= 1e-12, "{text}: {} at {input}: {found:?}", view.layer);
                arrived += usize::from(found.slope.is_some());
            }
            assert_eq!(arrived > 0, !view.layer.has_parameters(), "{text}: {}", view.layer);
        }
    }
}

#[test]
fn patches_times_kernels_are_the_outputs_of_a_convolution() {
    let trace = NetworkTrace::new(&network(NETWORKS[2]), &images(1), &[3]).expect("trace");
    for view in trace.layers.iter().filter(|view| view.layer.to_string().starts_with("conv")) {
        for output in (0..view.output.data.len()).step_by(11) {
            let parts = patches(view, output).expect("patches");
            let sum = output_sum(view, output).expect("sum");
            let total: f64 = parts.iter().map(|part| part.sum()).sum::<f64>() + sum.bias.unwrap_or(0.0);
            assert_eq!(parts.len(), view.input.shape[1]);
            assert!((total - sum.total).abs() < 1e-9, "{}: {output}", view.layer);
        }
    }
    assert!(patches(&trace.layers[1], 0).is_err(), "an activation has no kernel");
}

#[test]
fn listed_products_sum_to_the_networks_numbers() {
    for text in NETWORKS {
        let trace = NetworkTrace::new(&network(text), &images(3), &[3, 1, 9]).expect(text);
        for view in trace.layers.iter().filter(|view| !view.parameters.is_empty()) {
            let some = |count: usize| (0..count).step_by((count / 97).max(1));
            for k in some(view.output.data.len()) {
                agrees(&output_sum(view, k).expect("output"), &format!("{text}: output {k} of {}", view.layer));
            }
            for k in some(view.parameters[0].value.data.len()) {
                agrees(&weight_gradient_sum(view, k).expect("weight"), &format!("{text}: weight {k} of {}", view.layer));
            }
            for k in some(view.parameters[1].value.data.len()) {
                agrees(&bias_gradient_sum(view, k).expect("bias"), &format!("{text}: bias {k} of {}", view.layer));
            }
            for k in some(view.input.data.len()) {
                agrees(&input_gradient_sum(view, k).expect("input"), &format!("{text}: input {k} of {}", view.layer));
            }
            assert!(output_sum(view, view.output.data.len()).is_err());
        }
    }
}

#[test]
fn a_weight_of_the_cnn_is_used_at_every_position_of_every_image() {
    let trace = NetworkTrace::new(&network("cnn"), &images(2), &[0, 5]).expect("cnn");
    let sum = weight_gradient_sum(&trace.layers[0], 12).expect("weight");
    assert_eq!(sum.products.len(), 2 * 24 * 24);
    assert_eq!(sum.largest(5).len(), 5);
    assert!(sum.largest(2)[0].value().abs() >= sum.largest(2)[1].value().abs());
    assert_eq!(output_sum(&trace.layers[0], 0).expect("output").products.len(), 25);
}

#[test]
fn gradients_are_finite_differences() {
    for text in NETWORKS {
        let network = network(text);
        let (images, labels) = (images(2), [3, 1]);
        let trace = NetworkTrace::new(&network, &images, &labels).expect(text);
        let mut checked = 0;
        for view in &trace.layers {
            for parameter in &view.parameters {
                let count = parameter.value.data.len();
                for element in (0..count).step_by((count / 3).max(1)) {
                    let subject = Subject::Parameter { name: parameter.name.clone(), element };
                    let found = check(&network, &images, &labels, &subject, 1e-6).expect("check");
                    assert!(found.kink || found.agrees(), "{text} {subject:?}: {found:?}");
                    let shown = f64::from(parameter.gradient.data[element]);
                    assert!((found.autograd - shown).abs() < 1e-5 * (1.0 + shown.abs()), "{text} {subject:?}");
                    checked += usize::from(!found.kink);
                }
            }
            let element = view.input.data.len() / 3;
            let subject = Subject::Activation { layer: view.index, element };
            let found = check(&network, &images, &labels, &subject, 1e-6).expect("check");
            assert!(found.kink || found.agrees(), "{text} {subject:?}: {found:?}");
            let shown = f64::from(view.input_gradient.data[element]);
            assert!((found.autograd - shown).abs() < 1e-5 * (1.0 + shown.abs()), "{text} {subject:?} {shown}");
        }
        assert!(checked > 2, "{text}: only kinks");
        let nowhere = Subject::Parameter { name: "99.weight".to_string(), element: 0 };
        assert!(check(&network, &images, &labels, &nowhere, 1e-6).is_err());
    }
}

#[test]
fn logits_gradient_is_the_collapsed_jacobian() {
    let trace = NetworkTrace::new(&network("cnn"), &images(1), &[4]).expect("cnn");
    let logits: Vec<f64> = trace.logits.data.iter().map(|&x| f64::from(x)).collect();
    let collapse = SoftmaxJacobian::new(&logits).expect("jacobian").collapse(4).expect("collapse");
    for k in 0..10 {
        assert!((collapse.sums[k] - f64::from(trace.logits_gradient.data[k])).abs() < 1e-6);
    }
    assert!((collapse.loss - f64::from(trace.loss)).abs() < 1e-6);
    let probabilities = read(&network("cnn"), &images(1)).expect("read");
    assert_eq!(probabilities[..], trace.probabilities.data[..]);
}

#[test]
fn what_feeds_a_number_most_is_found_in_both_directions() {
    use gradlab::explain::feeders::{Feeder, feeders, gradient_feeders};
    let trace = NetworkTrace::new(&network("cnn"), &images(1), &[3]).expect("trace");
    let product_of = |view: &LayerView, unit: usize, input: usize| {
        let inputs = view.input.image(0).len();
        f64::from(view.parameters[0].value.data[unit * inputs + input]) * f64::from(view.input.data[input])
    };
    let linear = trace.layers.last().expect("layers");
    let found = feeders(linear, 4, 5);
    assert_eq!(found.len(), 5);
    assert!(found.windows(2).all(|pair| pair[0].product.abs() >= pair[1].product.abs()));
    let rest = (0..linear.input.image(0).len()).filter(|input| found.iter().all(|feeder| feeder.element != *input));
    let largest = rest.map(|input| product_of(linear, 4, input).abs()).fold(0.0, f64::max);
    for Feeder { element, product } in &found {
        assert_eq!(*product, product_of(linear, 4, *element));
        assert!(product.abs() >= largest);
    }
    // A pooled unit is fed by its window; a gradient by those that its number was read into.
    assert_eq!(feeders(&trace.layers[2], 0, 9).len(), 4);
    let back = gradient_feeders(linear, 7, 20);
    assert_eq!(back.len(), 10);
    let sum: f64 = back.iter().map(|feeder| feeder.product).sum();
    assert!((sum - f64::from(linear.input_gradient.data[7])).abs() < 1e-6);
}

#[test]
fn receptive_fields_are_where_the_image_matters() {
    let trace = NetworkTrace::new(&network("cnn"), &images(1), &[2]).expect("cnn");
    assert_eq!(receptive_field(&trace.layers, 0, 0).len(), 25);
    assert_eq!(receptive_field(&trace.layers, 2, 0).len(), 36, "a pooled unit sees 6 x 6");
    let second = receptive_field(&trace.layers, 3, 0);
    assert_eq!(second.len(), 14 * 14, "the second convolution sees 14 x 14");
    assert_eq!((second[0], second[second.len() - 1]), (0, 13 * 28 + 13));
    assert_eq!(receptive_field(&trace.layers, 7, 3).len(), 784);
}

#[test]
fn the_attack_makes_the_loss_grow_and_stays_in_range() {
    let network = network("cnn");
    let image = images(1);
    let trace = NetworkTrace::new(&network, &image, &[7]).expect("cnn");
    let gradient = saliency(&trace);
    let still = attack(&network, &image, &gradient, 0.0).expect("attack");
    assert_eq!(still.image, image);
    let mut before = trace.probabilities.data[7];
    for strength in [0.01, 0.03, 0.05] {
        let changed = attack(&network, &image, &gradient, strength).expect("attack");
        assert!(changed.probabilities[7] < before, "{strength}");
        before = changed.probabilities[7];
        assert!(changed.image.iter().all(|x| x.is_finite()));
    }
}

#[test]
fn badges_tell_dead_saturated_vanishing_and_nan() {
    let mut sick = network("linear8,relu,linear10");
    let weight = &sick.parameters[0].tensor;
    let mut values = vec![weight.to_f32_vec().expect("weight"), vec![0.0; 8]];
    values[1][3] = -1e4;
    values[1][5] = -1e4;
    for parameter in &sick.parameters[2..] {
        values.push(parameter.tensor.to_f32_vec().expect("values"));
    }
    sick = Network::with_values(sick.spec, values, &Device::Cpu).expect("network");
    let trace = NetworkTrace::new(&sick, &images(4), &[0, 1, 2, 3]).expect("trace");
    let found = badges(&trace);
    let dead = found[1].dead.clone().expect("a ReLU");
    assert!(dead.contains(&3) && dead.contains(&5));
    assert!(found[0].dead.is_none());
    assert_eq!(found[1].dead_share(), Some(dead.len() as f64 / 8.0));
    assert_eq!(first_not_finite(&trace), None);

    let flat = NetworkTrace::new(&network("linear10,sigmoid,linear10,sigmoid,linear10"), &images(1), &[0]).expect("trace");
    assert!(badges(&flat)[1].saturated.is_some());
    let deep = "linear10,sigmoid,".repeat(9) + "linear10";
    let deep = NetworkTrace::new(&network(&deep), &images(1), &[0]).expect("trace");
    let found = badges(&deep);
    let flows = (flow(found[0].relative), flow(found[18].relative));
    assert_eq!(flows, (Some(Flow::Vanishing), None), "{} {}", found[0].relative, found[18].relative);

    let mut broken: Vec<Vec<f32>> =
        sick.parameters.iter().map(|parameter| parameter.tensor.to_f32_vec().expect("values")).collect();
    broken[2][0] = f32::MAX;
    broken[2][1] = f32::MAX;
    broken[1][0] = 1e30;
    broken[1][1] = 1e30;
    let broken = Network::with_values(sick.spec, broken, &Device::Cpu).expect("network");
    let trace = NetworkTrace::new(&broken, &images(1), &[0]).expect("trace");
    assert_eq!(first_not_finite(&trace), Some(NotFinite::Layer(2)));
    assert_eq!(histogram(&[-9.0, 0.1, 0.9, 0.95, f32::NAN, 7.0], 0.0, 1.0, 2), [2, 3]);
}

#[test]
fn any_gradient_of_a_step_is_checked_without_its_network() {
    for text in NETWORKS {
        let trace = NetworkTrace::new(&network(text), &images(2), &[3, 1]).expect(text);
        for view in &trace.layers {
            let gradient = &view.output_gradient.data;
            let element =
                (0..gradient.len()).max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs())).expect("some");
            let place = Subject::Activation { layer: view.index + 1, element };
            let found = check_step(&trace, &place, 1e-6).expect(text);
            let shown = f64::from(gradient[element]);
            assert!((found.autograd - shown).abs() <= 1e-4 * shown.abs() + 1e-7, "{text}: {} {found:?} {shown}", view.layer);
            assert!(found.agrees() || found.kink, "{text}: {} {found:?}", view.layer);
        }
    }
    let dropout = network("linear8,dropout0.5,linear10");
    let masked = NetworkTrace::masked(&dropout, &images(1), Some(vec![3]), &[1, 0, 1, 0, 1, 1, 0, 0]).expect("masked");
    assert!(masked.has_masks());
    let place = Subject::Parameter { name: "0.weight".to_string(), element: 0 };
    assert!(check_step(&masked, &place, 1e-5).is_err(), "differences would be of another network");
}

#[test]
fn every_step_of_every_network_has_formulas_that_render() {
    use gradlab::explain::formula::mathml;
    use gradlab::explain::network_formula::formulas;
    use gradlab::explain::network_walk::{Card, NetworkStep, steps};
    use gradlab::explain::update::Optimizer;
    use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
    for text in NETWORKS {
        for count in [1, 2, 6] {
            let trace = NetworkTrace::new(&network(text), &images(count), &vec![3; count]).expect(text);
            for kind in OptimizerKind::ALL {
                let settings = OptimizerSettings::new(kind, 0.01);
                let optimizer = Optimizer { settings, ..Optimizer::plain(0.01) };
                for step in steps(&trace) {
                    let lines = formulas(&trace, step, &optimizer);
                    assert!(!lines.is_empty());
                    for tex in lines {
                        assert!(mathml(&tex, "", true).starts_with("<math"), "{text} {step:?}: {tex}");
                    }
                }
            }
        }
    }
    let trace = NetworkTrace::new(&network("linear10"), &images(1), &[3]).expect("one layer");
    let lines = |step| formulas(&trace, step, &Optimizer::plain(0.01));
    assert_eq!(lines(NetworkStep::Forward(Card::Layer(0)))[1], r"(1 \times 784) \cdot (784 \times 10) = (1 \times 10)");
    assert!(
        lines(NetworkStep::Backward(Card::Layer(0)))[1].ends_with(r"(10 \times 1) \cdot (1 \times 784) = (10 \times 784)")
    );
}

#[test]
fn wrong_sizes_are_errors() {
    assert!(NetworkTrace::new(&network("cnn"), &images(1), &[1, 2]).is_err());
    assert!(NetworkTrace::new(&network("cnn"), &images(1), &[10]).is_err());
    assert!(NetworkTrace::new(&network("cnn"), &[], &[]).is_err());
}

#[test]
fn the_walk_lists_every_op_once_in_both_directions_and_updates_lower_the_loss() {
    use gradlab::explain::network_walk::{NetworkStep, cards, ends, pytorch_line, steps};
    use gradlab::explain::update::Optimizer;
    for text in NETWORKS {
        let mut network = network(text);
        let (images, labels) = (images(2), [3, 1]);
        let trace = NetworkTrace::new(&network, &images, &labels).expect(text);
        let (cards, steps) = (cards(&trace), steps(&trace));
        let count = cards.len();
        assert_eq!(ends(&steps), [count, 2 * count + 1, 2 * count + 1 + trace.parameters().count()]);
        for (k, card) in cards.iter().enumerate() {
            assert_eq!(steps[k], NetworkStep::Forward(*card));
            assert_eq!(steps[2 * count - k], NetworkStep::Backward(*card));
        }
        assert!(steps.iter().all(|step| !pytorch_line(&trace, *step, &Optimizer::plain(0.01)).is_empty()));
        let mut before = trace.loss;
        for _ in 0..3 {
            let trace = NetworkTrace::new(&network, &images, &labels).expect(text);
            let updated = Optimizer::plain(1e-3).update(&trace).expect("update");
            let updated = updated.iter().map(|values| values.data.to_vec()).collect();
            network = Network::with_values(network.spec, updated, &Device::Cpu).expect("network");
            let after = NetworkTrace::new(&network, &images, &labels).expect(text).loss;
            assert!(after <= before, "{text}: {before} then {after}");
            before = after;
        }
    }
    let cnn = NetworkTrace::new(&network("cnn"), &images(1), &[0]).expect("cnn");
    let first = steps(&cnn)[0];
    assert_eq!(pytorch_line(&cnn, first, &Optimizer::plain(0.1)), "x = model[0](x)  # nn.Conv2d(1, 10, 5)");
    assert_eq!(Optimizer::plain(0.1).pytorch("0.bias"), "model[0].bias -= 0.1 * model[0].bias.grad");
}
