use crate::{
    Result,
    document::ooxml::{Package, Token},
};

/// The parts of the slides, in the order of the presentation; `None` where a slide is listed and missing.
pub(super) fn slides(package: &mut Package, main: &str) -> Result<Vec<Option<String>>> {
    let mut ids = Vec::new();
    let mut xml = package.xml(main)?;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "sldId" => ids.push(element.relation()),
            Token::Eof => break,
            Token::Start(_) | Token::End | Token::Text(_) => {}
        }
    }
    drop(xml);
    let part = |id: Option<String>| id.and_then(|id| package.target(main, &id)).filter(|part| package.has(part));
    Ok(ids.into_iter().map(part).collect())
}
