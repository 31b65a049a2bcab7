//! `cargo xtask serve`: builds, then serves `dist` on this machine. A plain file server with the headers
//! that make a page cross-origin isolated (shared memory for the workers), compressed twins of files
//! where the browser takes them, and `ETag`s, so that a reload sends only what changed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::http::{self, Request, Response};
use crate::project::Outcome;
use crate::{site, stamp};

/// What a running server does with requests.
#[derive(Clone)]
pub struct Settings {
    /// The folder that is served.
    pub folder: PathBuf,
    /// The path that it is served under: `/`, or such as `/some/where/`.
    pub prefix: String,
    /// Whether to send the headers of cross-origin isolation.
    pub isolated: bool,
}

/// `cargo xtask serve [--port N] [--quick] [--no-isolation] [--under /path/] [--folder DIR]`; quick: as for `build`. The
/// last three are for the tests of plain hosting, and `--folder` skips the build.
pub fn run(arguments: &[String]) -> Outcome {
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let port = match value("--port") {
        None => 8080,
        Some(text) => text.parse().map_err(|_| format!("--port must be a number from 0 to 65535, not `{text}`"))?,
    };
    let folder = match value("--folder") {
        Some(folder) => PathBuf::from(folder),
        None => site::build(arguments.iter().any(|argument| argument == "--quick"))?,
    };
    let settings = Settings {
        folder,
        prefix: value("--under").unwrap_or("/").to_string(),
        isolated: !arguments.iter().any(|argument| argument == "--no-isolation"),
    };
    let prefix = settings.prefix.clone();
    let (port, server) = start(port, settings)?;
    println!("GradLab is at http://127.0.0.1:{port}{prefix}   (Ctrl+C ends it)");
    server.join().map_err(|_| "the server broke down".to_string())
}

/// Starts to serve on 127.0.0.1; port 0 takes a free one. The port, and the thread that serves.
pub fn start(port: u16, settings: Settings) -> Outcome<(u16, std::thread::JoinHandle<()>)> {
    let failed = |error| format!("cannot listen on port {port}: {error}. Another one: cargo xtask serve --port 8081");
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let server = std::thread::spawn(move || http::listen(&listener, move |request| answer(request, &settings)));
    Ok((port, server))
}

fn answer(request: &Request, settings: &Settings) -> Response {
    let mut response = match request.method.as_str() {
        "GET" | "HEAD" => respond(request, settings),
        _ => plain(405, "Only GET and HEAD are served here."),
    };
    response.headers.extend(common_headers(settings));
    response
}

fn respond(request: &Request, settings: &Settings) -> Response {
    let Some(file) = locate(&request.target, settings) else {
        return plain(404, "There is no such file here.");
    };
    let (body_file, encoding) = twin(&file, request.header("accept-encoding").unwrap_or_default());
    let Ok(body) = std::fs::read(&body_file) else {
        return plain(404, "There is no such file here.");
    };
    let tag = format!("\"{}\"", stamp::of_bytes(&body));
    let unchanged = request.header("if-none-match").is_some_and(|known| known == tag);
    let mut headers = vec![
        ("Content-Type", media_type(&file).to_string()),
        ("ETag", tag),
        ("Cache-Control", "no-cache".to_string()),
        ("Vary", "Accept-Encoding".to_string()),
    ];
    headers.extend(encoding.map(|name| ("Content-Encoding", name.to_string())));
    Response { status: if unchanged { 304 } else { 200 }, headers, body }
}

/// The file that an address names, if it lies in the folder.
fn locate(url: &str, settings: &Settings) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let below = path.strip_prefix(settings.prefix.as_str())?;
    let safe = below.split('/').all(|part| part != ".." && !part.contains(['\\', ':', '%', '\0']));
    if !safe {
        return None;
    }
    let mut file = settings.folder.join(below);
    if below.is_empty() || below.ends_with('/') {
        file.push("index.html");
    }
    file.is_file().then_some(file)
}

/// The compressed twin of a file that the browser accepts, with its encoding's name, or the file itself.
fn twin(file: &Path, accepted: &str) -> (PathBuf, Option<&'static str>) {
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        let accepts = accepted.split(',').any(|entry| entry.split(';').next().unwrap_or_default().trim() == encoding);
        let candidate = PathBuf::from(format!("{}.{suffix}", file.display()));
        if accepts && candidate.is_file() {
            return (candidate, Some(encoding));
        }
    }
    (file.to_path_buf(), None)
}

fn common_headers(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut headers = vec![("X-Content-Type-Options", "nosniff")];
    if settings.isolated {
        headers.extend([
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Embedder-Policy", "require-corp"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]);
    }
    headers.into_iter().map(|(name, value)| (name, value.to_string())).collect()
}

fn plain(status: u16, sentence: &str) -> Response {
    let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_string())];
    Response { status, headers, body: sentence.as_bytes().to_vec() }
}

fn media_type(file: &Path) -> &'static str {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    match extension.as_ref() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "md" => "text/markdown; charset=utf-8",
        "py" | "txt" => "text/plain; charset=utf-8",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
