use std::path::PathBuf;

use super::{AwsCredentials, sso};
use crate::{
    Result,
    platform::{Secret, Variables},
    wire::{
        aws::{
            PROVIDER,
            profile::{Profile, folder},
            sign::Keys,
        },
        missing,
    },
};

const EXPORT: &str = "`eval \"$(aws configure export-credentials --format env)\"` gives keys for a while";
/// The address at which the agent of ECS answers.
const AGENT: &str = "http://169.254.170.2";
/// The address at which every machine of AWS answers for itself, where there is no IPv4.
const MACHINE_IPV6: &str = "http://[fd00:ec2::254]";

/// Whose keys are used.
pub(in crate::wire::aws) enum Chosen {
    /// Those that stand in the profile.
    Keys(Keys),
    /// Those that somebody gives.
    Issued(AwsCredentials),
}

/// Whose keys are used where neither settings nor variables hold any: a role by a token, SSO, keys of the profile, the container, the
/// machine. A profile that is set, and not only named by a variable, comes before variables about tokens.
///
/// # Errors
/// `provider.profile` for a profile that is named and not there, or wants what is not followed; `provider.settings` for one that lacks
/// something.
pub(in crate::wire::aws) fn chosen(
    profile: &Profile,
    may_ask_environment: bool,
    variables: Variables<'_>,
) -> Result<Option<Chosen>> {
    if profile.is_named && profile.is_missing() {
        return Err(profile.refused("missing", "`aws configure list-profiles` lists those that there are"));
    }
    let value = |key: &str| profile.value(key).map(str::to_owned);
    let by_token = |variable: &str, key: &str| variables(variable).filter(|_| may_ask_environment).or_else(|| value(key));
    let takes_role = value("role_arn").is_some() && value("web_identity_token_file").is_none();
    if takes_role && (value("source_profile").is_some() || value("credential_source").is_some()) {
        return Err(profile.refused("source_profile", EXPORT));
    }
    if let Some(token_file) = by_token("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") {
        let role_arn = by_token("AWS_ROLE_ARN", "role_arn");
        return Ok(Some(Chosen::Issued(AwsCredentials::WebIdentity {
            role_arn: role_arn.ok_or_else(|| missing(PROVIDER, "role_arn", "a token is given for a role: AWS_ROLE_ARN"))?,
            token_file: token_file.into(),
            session_name: by_token("AWS_ROLE_SESSION_NAME", "role_session_name"),
            endpoint: variables("AWS_ENDPOINT_URL_STS"),
        })));
    }
    if value("sso_role_name").is_some() || value("sso_account_id").is_some() {
        return signed_in(profile, variables).map(|credentials| Some(Chosen::Issued(credentials)));
    }
    if value("credential_process").is_some() && !profile.has_own_credentials() {
        return Err(profile.refused("credential_process", EXPORT));
    }
    if let Some(keys) = profile.keys() {
        return Ok(Some(Chosen::Keys(keys)));
    }
    Ok(container(variables).or_else(|| machine(variables)).map(Chosen::Issued))
}

/// A session of SSO, or a profile from before there were sessions.
fn signed_in(profile: &Profile, variables: Variables<'_>) -> Result<AwsCredentials> {
    let session = profile.value("sso_session");
    let value = |key: &str| match session {
        Some(_) => profile.session.get(key).map(String::as_str).or_else(|| profile.value(key)),
        None => profile.value(key),
    };
    let needed = |key: &'static str| {
        value(key).map(str::to_owned).ok_or_else(|| missing(PROVIDER, key, "`aws configure sso` writes it into the profile"))
    };
    let start = needed("sso_start_url")?;
    let file = sso::file_name(session.unwrap_or(&start));
    let folder: PathBuf = folder(variables).unwrap_or_default();
    Ok(AwsCredentials::Sso {
        region: needed("sso_region")?,
        account_id: needed("sso_account_id")?,
        role_name: needed("sso_role_name")?,
        token_file: folder.join("sso").join("cache").join(file),
        endpoint: variables("AWS_ENDPOINT_URL_SSO"),
    })
}

fn container(variables: Variables<'_>) -> Option<AwsCredentials> {
    let relative = variables("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{AGENT}{path}"));
    Some(AwsCredentials::Container {
        uri: relative.or_else(|| variables("AWS_CONTAINER_CREDENTIALS_FULL_URI"))?,
        token: variables("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::from),
        token_file: variables("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from),
    })
}

fn machine(variables: Variables<'_>) -> Option<AwsCredentials> {
    if variables("AWS_EC2_METADATA_DISABLED").is_some_and(|disabled| disabled.eq_ignore_ascii_case("true")) {
        return None;
    }
    let by_mode = variables("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").filter(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let endpoint = variables("AWS_EC2_METADATA_SERVICE_ENDPOINT").or_else(|| by_mode.map(|_| MACHINE_IPV6.to_owned()));
    Some(AwsCredentials::Machine { endpoint })
}
