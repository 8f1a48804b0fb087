//! Texts that were not read whole.

use crate::diff::tokens::Words;
use crate::diff::{Field, Group, Op};
use crate::model::Article;

/// The fewest words that can collapse.
const MIN_WORDS: usize = 60;
/// The fewest words of a body that can vanish.
const MIN_BODY: usize = 20;
/// The longest text that a wall is, in bytes.
const MAX_WALL: usize = 1500;

/// What a page says instead of its story, in small letters.
#[rustfmt::skip]
const WALLS: &[&str] = &[
    "cookie", "consent", "subscribe", "subscription", "subscriber", "sign in", "log in", "enable javascript", "captcha", "are you a robot", "ad blocker", "adblock",
    "unusual traffic", "access denied", "continue reading", "abonnieren", "abonnement", "einwilligung", "anmelden", "abonnez-vous", "réservé aux abonnés", "consentement",
    "suscríbete", "suscripción", "inicia sesión", "подпис", "войдите", "файлы cookie", "ملفات تعريف الارتباط", "اشترك", "कुकी", "सब्सक्राइब", "คุกกี้", "สมัครสมาชิก", "登录", "登入", "订阅", "訂閱", "会员", "ログイン", "会員", "クッキー",
];

/// Whether one side looks like a part of a page or another page; see [`Summary::extraction_suspect`](super::Summary).
pub(super) fn is_suspect(groups: &[Group], words: Words, old: &Article, new: &Article) -> bool {
    let (before, after) = (words.shared + words.removed, words.shared + words.added);
    let (long, short, own) =
        if before >= after { (before, after, words.added) } else { (after, before, words.removed) };
    let collapsed = long >= MIN_WORDS && 10 * short <= 3 * long && 20 * own <= long;
    let vanished = old.paragraphs.is_empty() != new.paragraphs.is_empty() && long >= MIN_BODY + short;
    collapsed || vanished || is_walled(groups, old, new)
}

/// Under the same headline, no sentence is left, and one side is a short text that asks for something.
fn is_walled(groups: &[Group], old: &Article, new: &Article) -> bool {
    let mut body = groups.iter().filter(|group| group.field == Field::Body).peekable();
    let all_gone = body.peek().is_some() && body.all(|group| matches!(group.op, Op::Add | Op::Delete));
    let wall = |article: &Article| {
        let bytes: usize = article.paragraphs.iter().map(String::len).sum();
        bytes <= MAX_WALL && {
            let text = article.text().to_lowercase();
            WALLS.iter().any(|words| text.contains(words))
        }
    };
    let both = !old.paragraphs.is_empty() && !new.paragraphs.is_empty();
    all_gone && both && old.headline == new.headline && wall(old) != wall(new)
}
