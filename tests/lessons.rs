//! The course holds what it promises: every chapter in both languages with the same widgets and code, every widget
//! line and link possible, every output recomputed by our own core, every number of the course's plan present.

use gradlab::export::link;
use gradlab::lessons::document::{Block, Document, Inline, parse};
use gradlab::lessons::{CHAPTERS, LANGUAGES, widgets};
use gradlab::ui::address::Address;
use std::path::Path;

fn source(language: &str, chapter: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("www/lessons/{language}/{chapter}.md"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn chapter(language: &str, name: &str) -> Document {
    parse(&source(language, name)).unwrap_or_else(|error| panic!("{language}/{name}: {error}"))
}

/// Everything a chapter must share between its languages, in order.
fn machinery(document: &Document) -> Vec<String> {
    let blocks = document.all_blocks().into_iter().filter_map(|block| match block {
        Block::Widget(line) => Some(format!("widget {line:?}")),
        Block::Code { source, output } => Some(format!("code {source} -> {output:?}")),
        Block::Question(question) => {
            Some(format!("question {:?}", question.choices.iter().map(|(_, right)| right).collect::<Vec<_>>()))
        }
        Block::Heading(level, _) => Some(format!("heading {level}")),
        Block::Formula(formula) => Some(formula.clone()),
        Block::Paragraph(_) | Block::List { .. } => None,
    });
    let inlines = document.all_inlines().into_iter().filter_map(|inline| match inline {
        Inline::Set { widget, settings, .. } => Some(format!("set {widget} {settings:?}")),
        Inline::Bound(bound) => Some(format!("number {bound:?}")),
        Inline::Link(target, _) => Some(format!("link {target}")),
        _ => None,
    });
    blocks.chain(inlines).collect()
}

#[test]
fn both_languages_have_the_same_widgets_code_and_links() {
    for name in CHAPTERS {
        let [english, chinese] = LANGUAGES.map(|language| machinery(&chapter(language, name)));
        for (en, zh) in english.iter().zip(&chinese) {
            // A word inside a formula may be translated.
            if !(en.starts_with("<math") && zh.starts_with("<math")) {
                assert_eq!(en, zh, "{name}");
            }
        }
        assert_eq!(english.len(), chinese.len(), "{name}");
    }
}

#[test]
fn every_chapter_has_its_parts() {
    for language in LANGUAGES {
        for name in CHAPTERS {
            let document = chapter(language, name);
            let blocks = document.all_blocks();
            let count = |test: fn(&Block) -> bool| blocks.iter().filter(|block| test(block)).count();
            assert!(count(|block| matches!(block, Block::Widget(_))) >= 1, "{language}/{name}: no widget");
            assert!(count(|block| matches!(block, Block::Code { .. })) >= 1, "{language}/{name}: no PyTorch");
            assert!(count(|block| matches!(block, Block::Question(_))) >= 1, "{language}/{name}: no question");
            let inlines = document.all_inlines();
            let opens = |inline: &&&Inline| matches!(inline, Inline::Link(target, _) if target.starts_with("#/"));
            assert!(inlines.iter().filter(opens).count() >= 1, "{language}/{name}: no link to a big view");
            let sets = |inline: &&&Inline| matches!(inline, Inline::Set { .. });
            assert!(inlines.iter().filter(sets).count() >= 2, "{language}/{name}: the text does not drive a widget");
        }
    }
}

#[test]
fn every_widget_line_link_and_number_is_possible() {
    for name in CHAPTERS {
        let document = chapter("en", name);
        let placed: Vec<&str> = document
            .all_blocks()
            .iter()
            .filter_map(|block| match block {
                Block::Widget(line) => Some(line.name.as_str()),
                _ => None,
            })
            .collect();
        let widget = |of: &str| {
            assert!(placed.contains(&of), "{name}: `{of}` is not in this chapter");
            widgets::find(of).unwrap_or_else(|| panic!("{name}: no widget `{of}`"))
        };
        for block in document.all_blocks() {
            if let Block::Widget(line) = block {
                assert_eq!(widget(&line.name).check(&line.settings), Ok(()), "{name}");
            }
        }
        for inline in document.all_inlines() {
            match inline {
                Inline::Set { widget: of, settings, .. } => assert_eq!(widget(of).check(settings), Ok(()), "{name}"),
                Inline::Bound(number) => assert!(widget(&number.widget).has_number(&number.key), "{name}: {number:?}"),
                _ => {}
            }
        }
    }
}

/// A link into a view sets it up with what that view knows: nothing in it is refused.
#[test]
fn every_link_sets_up_its_view() {
    for name in CHAPTERS {
        let document = chapter("en", name);
        let links = document.all_inlines().into_iter().filter_map(|inline| match inline {
            Inline::Link(target, _) => Some(target),
            _ => None,
        });
        for target in links {
            let address = Address::parse(target);
            let path: Vec<&str> = address.path.iter().map(String::as_str).collect();
            match path[..] {
                ["train"] => assert_eq!(link::read(&address.query_text()).problems, [], "{name}: {target}"),
                ["learn", "lab"] => {
                    assert_eq!(widgets::find("overfitting").unwrap().check(&address.query), Ok(()), "{name}: {target}");
                }
                ["learn", other] => assert!(CHAPTERS.contains(&other), "{name}: {target}"),
                ["draw" | "inspect" | "backprop" | "bench"] => {}
                _ => panic!("{name}: {target} leads nowhere"),
            }
        }
    }
}

#[test]
fn every_output_is_what_our_core_computes() {
    let mut wrong = String::new();
    for name in CHAPTERS {
        let mut notebook = gradlab::lessons::python::Interpreter::new();
        for block in chapter("en", name).all_blocks() {
            if let Block::Code { source, output } = block {
                let computed = notebook.run(source);
                let shown = output.clone().unwrap_or_default();
                if computed != shown {
                    wrong.push_str(&format!(
                        "\n=== {name}\n{source}\n--- the text says\n{shown}\n--- computed\n{computed}\n"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the plan of the course promises to show, chapter by chapter; outputs are recomputed above.
const PROMISED: &[(&str, &[&str])] = &[
    (
        "tensors",
        &[
            "torch.empty(3, 4)",
            "torch.Tensor([[1,2,3,4],[4,5,6,7],[7,8,9,0]])",
            "torch.rand(3, 4)",
            "torch.randint(0, 10, (16,))",
            "torch.arange(2, 5)",
            "torch.linspace(",
            "torch.full(",
            "torch.from_numpy(",
            "a.size(), a.dtype",
            "print(x[0,0], x[0][0])",
            "x[1]",
            "x[1,:]",
            "x[2,0:3]",
            "x[1:3,0:3]",
            "x[-2:]",
            "x[:,[2,1,0]]",
            "a.add_(b)",
            "a.reciprocal()",
            "a ** 2, torch.pow(a, 2)",
            "A.T",
            "c.sum(dim=0)",
            "[2., 2., 2., 2.]",
            "[3., 3., 3., 3.]",
            "[4., 4., 4.]",
            "torch.Size([3, 4])",
            "tensor([2, 3, 4])",
            "dtype=torch.float64",
            "a Tensor with 3 elements cannot be converted to Scalar",
            "only one element tensors can be converted to Python scalars",
            "tensor([ 2,  6, 10])",
            "tensor([3, 6, 9])",
            "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
            "tensor([[2, 3],\n        [3, 4],\n        [4, 5]])",
            "tensor([[10, 13],\n        [28, 40]])",
            "tensor([ 5, 14])",
            "tensor(5.)",
            "Expected a floating point or complex tensor",
        ],
    ),
    (
        "autograd",
        &[
            "None\ntensor([0., 2., 4.])",
            "UserWarning: The .grad attribute of a Tensor that is not a leaf",
            "retain_grad()",
            "retain_graph=True",
            "tensor([0., 0., 0., 0.])",
            "y.backward(torch.tensor([1., 1., 10.]))",
            "detach()",
            "element 0 of tensors does not require grad and does not have a grad_fn",
            "tensor([0., 2., 4.])",
            "tensor([1., 3., 5.])",
            "tensor([1., 1., 1.])",
            "tensor([ 0., 20., 40.])",
            "tensor(10.)",
            "(tensor([2.]),)",
            "grad can be implicitly created only for scalar outputs",
            "backward through the graph a second time",
            "only Tensors of floating point dtype can require gradients",
        ],
    ),
    (
        "activations",
        &[
            "9.6555e-01, 9.9615e-01, 9.9958e-01, 9.9995e-01",
            "7.7778, 10.0000",
            "fn=relu",
            "fn=leaky-relu",
            "fn=selu",
            "fn=softplus",
            "fn=erf",
            "fn=algebraic",
            "fn=arctan",
            "fn=gudermannian",
            "fn=softsign",
            r#"1 - \tanh^2 x"#,
            r#"2\sigma(2x) - 1"#,
            "4.5398e-05, 4.1877e-04, 3.8510e-03, 3.4445e-02, 2.4766e-01, 7.5234e-01",
            "1.6655e-34, 7.4564e-25, 3.3382e-15, 1.4945e-05",
            "-0.7616, -0.6514, -0.5047, -0.3215, -0.1107,  0.1107",
            "1.1111,  3.3333,  5.5556",
        ],
    ),
    (
        "softmax",
        &[
            r#"\mathrm{diag}(p)\,(E - \mathbf{1}p^T)"#,
            "p_i(1-p_i)",
            "-p_i p_j",
            "retain_graph=True",
            r#"\log\sum_k e^{a_k} - a_y"#,
            r#"p_j - \delta_{yj}"#,
            "#/inspect?tab=jacobian",
            "[ 0.0000,  0.0000,  0.0000]]),)",
            "0.6590, 0.2424, 0.0986",
            "-0.1598,  0.1837, -0.0239",
            "-0.3410,  0.2424,  0.0986",
        ],
    ),
    (
        "losses",
        &[
            "norm(y - p, 2).pow(2)",
            "F.binary_cross_entropy",
            "F.cross_entropy",
            r#"\varepsilon (1-p)"#,
            r#"\frac{2}{n}(p - y)"#,
            "4.2500",
            "2.0616",
            "1.4167",
            "0.2798",
            "0.6931",
            "4.6052",
        ],
    ),
    (
        "neuron",
        &[
            r#"(O - t)\,O(1-O)\,x_j"#,
            r#"(O_k - t_k)\,O_k(1-O_k)\,x_j"#,
            "F.mse_loss",
            "torch.Size([1, 10])",
            "torch.Size([2, 10])",
        ],
    ),
    ("chain-rule", &["tensor(2.) tensor(1.)\ntensor(2.)\ntensor(2.)"]),
    (
        "entropy",
        &[
            r#"H(p) + KL(p\,|\,q)"#,
            "F.nll_loss(torch.log(torch.softmax(logits, dim=1)), y)",
            "tensor(inf)\ntensor(200.)",
            "tensor(2.)",
            "tensor(1.3568)",
            "tensor(0.0342)",
            "0.4 ",
            "0.45",
            "0.499",
            "0.501",
        ],
    ),
    (
        "mnist-mlp",
        &[
            "kaiming_normal_(w1)",
            "torch.zeros(200), torch.zeros(200), torch.zeros(10)",
            "nn.ReLU()",
            "F.relu",
            "199210",
            "dead-relu",
            "tensor(2.3026)",
            "60,000",
            "10,000",
            "0.1307",
            "0.3081",
            "784-200-200-10",
            "784-512-256-128-64-10",
            "67.6 %",
            "90 %",
        ],
    ),
    (
        "convolution",
        &[
            r#"\left\lfloor\frac{\text{in} - \text{kernel} + 2\cdot\text{padding}}{\text{stride}}\right\rfloor + 1"#,
            "F.max_pool2d",
            "8490",
            "torch.Size([1, 10, 98, 98])",
            "torch.Size([10, 5, 3, 3])",
            "[[[[28., 39., 39., 39., 24.],",
            "[33., 45., 45., 45., 27.],",
            "[16., 21., 21., 21., 12.]]]])",
            "torch.Size([1, 320])",
            "97 %",
        ],
    ),
    ("mlp", &[r"\delta_k = O_k(1-O_k)(O_k - t_k)", r"\delta_j = O_j(1-O_j)\sum_k \delta_k W_{jk}", "#/inspect?tab=weight"]),
    ("watching", &["viz.line(", "viz.images(", "viz.text(", "live-training.test"]),
    ("devices", &[".to(device)", ".cuda()", "{{device-race"]),
    (
        "overfitting",
        &[
            "weight_decay",
            "l1=",
            "nn.Dropout",
            "momentum=0.9",
            "StepLR",
            "schedule=cosine",
            "patience=5",
            "folds=5",
            "set=mnist",
        ],
    ),
];

#[test]
fn every_promised_number_is_shown() {
    for language in LANGUAGES {
        for (name, promised) in PROMISED {
            let text = source(language, name);
            for number in *promised {
                assert!(text.contains(number), "{language}/{name} lacks {number}");
            }
        }
    }
}
