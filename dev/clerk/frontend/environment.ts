/**
 * The instance's settings, which decide what the components show: e-mail and password required, names optional, a code
 * by e-mail, one session a browser; no social sign-in, no organizations, no captcha, no breached-password service.
 */
import { INSTANCE_ID } from '../../settings.ts'
import { PASSWORD_LENGTH } from '../passwords.ts'

type Attribute = Record<
  'enabled' | 'required' | 'used_for_first_factor' | 'used_for_second_factor',
  boolean
> &
  Record<'first_factors' | 'second_factors' | 'verifications', string[]> &
  Record<'verify_at_sign_up' | 'immutable', boolean>

const off: Attribute = {
  enabled: false,
  required: false,
  used_for_first_factor: false,
  first_factors: [],
  used_for_second_factor: false,
  second_factors: [],
  verifications: [],
  verify_at_sign_up: false,
  immutable: false,
}

const on = ({
  required = false,
  first_factors = [],
  verifications = [],
}: Partial<Attribute> = {}): Attribute => ({
  ...off,
  enabled: true,
  required,
  used_for_first_factor: first_factors.length > 0,
  first_factors,
  verifications,
  verify_at_sign_up: verifications.length > 0,
})

const userSettings = {
  attributes: {
    email_address: on({ required: true, first_factors: ['email_code'], verifications: ['email_code'] }),
    password: on({ required: true }),
    first_name: on(),
    last_name: on(),
    phone_number: off,
    username: off,
    web3_wallet: off,
    authenticator_app: off,
    ticket: off,
    backup_code: off,
    passkey: off,
  },
  social: {},
  saml: { enabled: false },
  enterprise_sso: { enabled: false },
  sign_in: { second_factor: { required: false } },
  sign_up: {
    captcha_enabled: false,
    captcha_widget_type: 'smart',
    custom_action_required: false,
    progressive: true,
    mode: 'public',
    legal_consent_enabled: false,
  },
  restrictions: {
    allowlist: { enabled: false },
    blocklist: { enabled: false },
    allowlist_blocklist_disabled_on_sign_in: { enabled: false },
    block_email_subaddresses: { enabled: false },
    block_disposable_email_domains: { enabled: false },
  },
  password_settings: {
    disable_hibp: true,
    disable_password_reverification: false,
    min_length: PASSWORD_LENGTH.least,
    max_length: PASSWORD_LENGTH.most,
    require_special_char: false,
    require_numbers: false,
    require_uppercase: false,
    require_lowercase: false,
    show_zxcvbn: false,
    min_zxcvbn_strength: 0,
    enforce_hibp_on_sign_in: false,
    allowed_special_characters: '!"#$%&\'()*+,-./:;<=>?@[]^_`{|}~',
  },
  username_settings: {
    min_length: 4,
    max_length: 64,
    allow_extended_special_characters: false,
    allow_numeric_usernames: false,
  },
  actions: { delete_self: true, create_organization: false, create_organizations_limit: null },
  attack_protection: {
    user_lockout: { enabled: false, max_attempts: 100, duration_in_minutes: 60 },
    pii: { enabled: false },
    email_link: { require_same_client: false },
    enumeration_protection: { enabled: false },
  },
  passkey_settings: { allow_autofill: false, show_sign_in_button: false, satisfies_second_factor: false },
}

/** @param origin the page's, for the addresses that the components link to. */
export function environmentJson(origin: string) {
  const at = (path: string) => `${origin}${path}`
  const { attributes } = userSettings
  const word = ({ enabled, required }: Attribute) => (required ? 'required' : enabled ? 'on' : 'off')
  return {
    auth_config: {
      object: 'auth_config',
      id: 'aconf_LocalStandIn',
      first_name: word(attributes.first_name),
      last_name: word(attributes.last_name),
      email_address: word(attributes.email_address),
      phone_number: 'off',
      username: 'off',
      password: word(attributes.password),
      identification_requirements: [['email_address']],
      identification_strategies: ['email_address'],
      first_factors: ['password', 'email_code', 'reset_password_email_code'],
      second_factors: [],
      email_address_verification_strategies: ['email_code'],
      single_session_mode: true,
      enhanced_email_deliverability: false,
      test_mode: true,
      cookieless_dev: false,
      url_based_session_syncing: false,
      claimed_at: null,
      // Nothing here asks for a second proof, so the components must not offer one.
      reverification: false,
      native_settings: {
        object: 'native_settings',
        api_enabled: false,
        trusted_device_sign_in_enabled: false,
        trusted_device_enrollment_prompt_after_sign_in_enabled: false,
        trusted_device_enrollment_prompt_after_sign_up_enabled: false,
      },
    },
    display_config: {
      object: 'display_config',
      id: INSTANCE_ID,
      instance_environment_type: 'development',
      application_name: 'SwarAI',
      theme: { buttons: { font_color: '#ffffff', font_family: 'inherit', font_weight: '600' } },
      preferred_sign_in_strategy: 'password',
      logo_image_url: null,
      favicon_image_url: null,
      home_url: at('/'),
      sign_in_url: at('/sign-in'),
      sign_up_url: at('/sign-up'),
      user_profile_url: at('/user'),
      waitlist_url: at('/'),
      oauth_consent_url: at('/'),
      after_sign_in_url: at('/'),
      after_sign_up_url: at('/'),
      after_sign_out_one_url: at('/'),
      after_sign_out_all_url: at('/'),
      after_switch_session_url: at('/'),
      after_join_waitlist_url: at('/'),
      organization_profile_url: at('/'),
      create_organization_url: at('/'),
      after_leave_organization_url: at('/'),
      after_create_organization_url: at('/'),
      logo_link_url: at('/'),
      support_email: null,
      branded: true,
      experimental_force_oauth_first: false,
      clerk_js_version: null,
      // The page looks as it does in production; what it runs on is printed at the start.
      show_devmode_warning: false,
      google_one_tap_client_id: null,
      help_url: null,
      privacy_policy_url: null,
      terms_url: null,
      logo_url: null,
      favicon_url: null,
      logo_image: null,
      favicon_image: null,
      captcha_public_key: null,
      captcha_widget_type: null,
      captcha_public_key_invisible: null,
      captcha_provider: null,
      captcha_oauth_bypass: [],
    },
    user_settings: userSettings,
    organization_settings: {
      enabled: false,
      max_allowed_memberships: 5,
      actions: { admin_delete: true },
      domains: { enabled: false, enrollment_modes: [], default_role: 'org:member' },
      creator_role: 'org:admin',
    },
    fraud_settings: { object: 'fraud_settings', native: { device_attestation_mode: 'disabled' } },
    commerce_settings: { billing: { user: { enabled: false }, organization: { enabled: false } } },
    api_keys_settings: { enabled: false, user_api_keys_enabled: false, orgs_api_keys_enabled: false },
    client_debug_mode: false,
    partitioned_cookies: false,
    maintenance_mode: false,
  }
}
