//! Numbers as every client reads them. Most of them read a number as a double, which has no place for the last digits of a
//! large integer: such an integer is sent as a string.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Beyond this and its negative, not every integer is a double.
const LARGEST: u64 = 1 << 53;

/// What is sent with all of its digits.
#[derive(Debug, Clone)]
pub struct Exact<T>(pub T);

impl<T: Serialize> Serialize for Exact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

/// For `serde(serialize_with)`.
///
/// # Errors
/// If the value has no JSON.
pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut json = serde_json::to_value(value).map_err(serde::ser::Error::custom)?;
    exact(&mut json);
    json.serialize(serializer)
}

/// Makes strings of the integers that would lose digits.
pub(crate) fn exact(json: &mut Value) {
    match json {
        Value::Number(number) => {
            let large = number.as_i64().map(i64::unsigned_abs).or(number.as_u64()).is_some_and(|size| size > LARGEST);
            if large {
                *json = Value::String(number.to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(exact),
        Value::Object(fields) => fields.values_mut().for_each(exact),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_integers_that_would_lose_digits_are_strings() {
        let sent = |value: Value| serde_json::to_value(Exact(value)).expect("JSON");
        let kept = json!({ "a": [0, -7, 1.5, 1e300, 9_007_199_254_740_992_i64, "9", null, true] });
        assert_eq!(sent(kept.clone()), kept);
        let large = json!({ "a": [9_007_199_254_740_993_i64, { "b": i64::MIN }, u64::MAX] });
        assert_eq!(
            sent(large),
            json!({ "a": ["9007199254740993", { "b": "-9223372036854775808" }, "18446744073709551615"] })
        );
    }
}
