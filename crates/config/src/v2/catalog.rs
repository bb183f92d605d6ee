//! The catalogue: exactly one of `consul` and `etcd`.

use super::etcd;
use crate::consul;
use crate::decode::Fields;
use crate::finding::Findings;
use crate::load::Host;
use crate::shape::Form;
use gyropilot_model::CatalogConfig;

/// The catalogue that the configuration names.
pub(super) fn catalog(
    fields: &Fields<'_>,
    host: &Host<'_>,
    findings: &mut Findings,
) -> Option<CatalogConfig> {
    match (fields.get("consul"), fields.get("etcd")) {
        (None, None) => {
            if !fields.is_misspelt("consul") && !fields.is_misspelt("etcd") {
                findings
                    .error(fields.mark.clone(), "No discovery backend defined")
                    .label("neither `consul` nor `etcd` in here")
                    .hint("add the address of a Consul agent: \"consul\": \"localhost:8500\"");
            }
            None
        }
        (Some(consul), Some(etcd)) => {
            let mark =
                |key: &str, node: &crate::json5::Node| fields.key_mark(key).unwrap_or_else(|| node.mark());
            findings
                .error(mark("etcd", etcd), "More than one discovery backend defined")
                .label("expected either `etcd`")
                .and(mark("consul", consul), "or `consul`")
                .hint("leave one of them out");
            None
        }
        (Some(consul), None) => {
            consul::consul(consul, Form::Hooks, host, findings).map(CatalogConfig::Consul)
        }
        (None, Some(etcd)) => {
            findings
                .error(
                    fields.key_mark("etcd").unwrap_or_else(|| etcd.mark()),
                    "etcd is understood but cannot be used yet",
                )
                .label("no back end for it yet")
                .hint("name a Consul in its place: \"consul\": \"localhost:8500\"");
            etcd::etcd(etcd, findings).map(CatalogConfig::Etcd)
        }
    }
}
