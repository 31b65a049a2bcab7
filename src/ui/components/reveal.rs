//! What is chosen in a row that scrolls sideways is brought into sight.

/// Scrolls a row that is wider than its place as far as needed for the element that `which` selects; the page itself stays where it
/// is. Once the row is laid out.
pub fn reveal_in(row: &web_sys::Element, which: &str) {
    let Ok(Some(chosen)) = row.query_selector(which) else { return };
    let (place, chosen) = (row.get_bounding_client_rect(), chosen.get_bounding_client_rect());
    if row.scroll_width() > row.client_width() && (chosen.left() < place.left() || chosen.right() > place.right()) {
        let middle = chosen.left() - place.left() - (place.width() - chosen.width()) / 2.0;
        row.set_scroll_left(row.scroll_left() + middle as i32);
    }
}
