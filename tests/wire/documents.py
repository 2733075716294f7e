"""Strategies for what travels: names, texts, documents, wholes and changes."""

from hypothesis import strategies as st

from flagsdk.wire import FORMAT, Change, Digest, Whole, canonical

letters = st.characters(exclude_categories=["Cs"])
keys = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
document_names = st.builds("{}/{}".format, st.sampled_from(["flag", "segment", "split"]), keys)
texts = st.text(letters, min_size=1, max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(letters),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(letters), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(document_names, json_values.map(canonical), max_size=6)
edits = st.dictionaries(document_names, st.none() | json_values.map(canonical), max_size=6)
environments = keys
epochs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,25}", fullmatch=True)
revisions = st.integers(0, 10**15)
signatures = st.just("") | texts
instants = st.integers(0, 4 * 10**12)


@st.composite
def wholes(draw: st.DrawFn) -> Whole:
    """Draw a consistent snapshot of any documents."""
    held = draw(documents)
    return Whole(
        environment=draw(environments),
        epoch=draw(epochs),
        revision=draw(revisions),
        digest=Digest.of(held).hex,
        format=FORMAT,
        at=draw(instants),
        documents=held,
        published=draw(instants),
        signature=draw(signatures),
    )


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw a change with any digest."""
    return Change(
        environment=draw(environments),
        epoch=draw(epochs),
        revision=draw(revisions),
        digest=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        at=draw(instants),
        edits=draw(edits),
        signature=draw(signatures),
    )
