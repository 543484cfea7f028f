"""Fields of User, Profile and Organization, in the notation of schema.py."""

USER = """
Username | string 80 | cui | Username
LastName | string 80 | cu | Last Name | in Name, info personname
FirstName | string 40 | cun | First Name | in Name, info personname
Name | string 121 | N | Full Name | info personname
CompanyName | string 80 | cun | Company Name
Division | string 80 | cun | Division
Department | string 80 | cun | Department
Title | string 80 | cun | Title
Email | email 128 | cui | Email
Phone | phone 40 | cun | Phone
MobilePhone | phone 40 | cun | Mobile
Alias | string 8 | cu | Alias
CommunityNickname | string 40 | cu | Nickname
IsActive | boolean | cud | Active
TimeZoneSidKey | picklist 40 | cur | Time Zone | values @user_zones
UserRoleId | reference | cun | Role ID | to UserRole as UserRole
LocaleSidKey | picklist 40 | cur | Locale | values en_US=English (United States);
    en_GB=English (United Kingdom);en_IE=English (Ireland);en_CA=English (Canada);
    en_AU=English (Australia);en_IN=English (India);de_DE=German (Germany);
    de_AT=German (Austria);de_CH=German (Switzerland);fr_FR=French (France);es_ES=Spanish (Spain);
    it_IT=Italian (Italy);nl_NL=Dutch (Netherlands);pl_PL=Polish (Poland);ja_JP=Japanese (Japan);
    sv_SE=Swedish (Sweden);pt_BR=Portuguese (Brazil)
EmailEncodingKey | picklist 40 | cur | Email Encoding | values UTF-8=Unicode (UTF-8), default UTF-8
ProfileId | reference | cu | Profile ID | to Profile as Profile
UserType | picklist 40 | n | User Type | values Standard;Guest, default Standard
LanguageLocaleKey | picklist 40 | cur | Language | values en_US=English;de=German;es=Spanish;
    fr=French;it=Italian;ja=Japanese;sv=Swedish;pt_BR=Portuguese (Brazil);nl_NL=Dutch;da=Danish
ManagerId | reference | cun | Manager ID | to User as Manager
LastLoginDate | datetime | n | Last Login
FederationIdentifier | string 512 | cun-G | SAML Federation ID
FullPhotoUrl | url 1024 | n-G | Url for full-sized Photo
SmallPhotoUrl | url 1024 | n-G | Photo | info imageurl
"""

PROFILE = """
Name | string 255 | cuN | Name
Description | string 255 | cun | Description
UserType | picklist 40 | nr | User Type | values Standard;Guest, default Standard
PermissionsViewAllData | boolean | cud | View All Data
PermissionsModifyAllData | boolean | cud | Modify All Data
"""

ORGANIZATION = """
Name | string 80 | uN | Name
Division | string 80 | un | Division
Street | textarea 255 | un | Street | in Address, info plaintextarea
City | string 40 | un | City | in Address
State | string 80 | un | State/Province | in Address
PostalCode | string 20 | un | Zip/Postal Code | in Address
Country | string 80 | un | Country | in Address
Latitude | double 18,15 | un | Latitude | in Address
Longitude | double 18,15 | un | Longitude | in Address
GeocodeAccuracy | picklist 40 | unr | Geocode Accuracy | in Address, values Address;NearAddress;
    Block;Street;ExtendedZip;Zip;Neighborhood;City;County;State;Unknown
Address | address | n | Address
Phone | phone 40 | un | Phone
Fax | phone 40 | un | Fax
PrimaryContact | string 80 | un | Primary Contact
DefaultLocaleSidKey | picklist 40 | ur | Locale | values en_US;de_DE
TimeZoneSidKey | picklist 40 | ur | Time Zone | values @user_zones
LanguageLocaleKey | picklist 40 | ur | Language | values en_US;de
ReceivesInfoEmails | boolean | ud | Info Emails
ReceivesAdminInfoEmails | boolean | ud | Info Emails Admin
PreferencesRequireOpportunityProducts | boolean | d | RequireOpportunityProducts
PreferencesTransactionSecurityPolicy | boolean | d | TransactionSecurityPolicy
PreferencesTerminateOldestSession | boolean | d | TerminateOldestSession
PreferencesConsentManagementEnabled | boolean | d | ConsentManagementEnabled
PreferencesAutoSelectIndividualOnMerge | boolean | d | AutoSelectIndividualOnMerge
PreferencesLightningLoginEnabled | boolean | d | LightningLoginEnabled
PreferencesOnlyLLPermUserAllowed | boolean | d | OnlyLLPermUserAllowed
FiscalYearStartMonth | int 8 | ud | Fiscal Year Starts In
UsesStartDateAsFiscalYearName | boolean | ud | Fiscal Year Name by Start
DefaultAccountAccess | picklist 40 | n | Default Account Access | values None;Read;Edit, default Edit
DefaultContactAccess | picklist 40 | n | Default Contact Access | values None;Read;Edit;
    ControlledByParent, default ControlledByParent
DefaultOpportunityAccess | picklist 40 | n | Default Opportunity Access | values None;Read;Edit,
    default Edit
DefaultLeadAccess | picklist 40 | n | Default Lead Access | values None;Read;Edit;
    ReadEditTransfer, default ReadEditTransfer
DefaultCaseAccess | picklist 40 | n | Default Case Access | values None;Read;Edit;
    ReadEditTransfer, default ReadEditTransfer
DefaultCalendarAccess | picklist 40 | n | Default Calendar Access | values HideDetails;
    HideDetailsInsert;ShowDetails, default HideDetailsInsert
DefaultPricebookAccess | picklist 40 | n | Default Price Book Access | values None;Read;ReadSelect,
    default ReadSelect
DefaultCampaignAccess | picklist 40 | n | Default Campaign Access | values None;Read;Edit;All,
    default All
DelegatedAuthenticationServiceUrl | url 255 | n | Delegated Gateway URL
ComplianceBccEmail | email 80 | un | Compliance BCC Email
UiSkin | picklist 40 | u | UI Skin | values Theme3, default Theme3
SignupCountryIsoCode | string 2 | n | Signup Country
TrialExpirationDate | datetime | n | Trial Expiration Date
NumKnowledgeService | int 8 | d | Knowledge Licenses
OrganizationType | picklist 40 | n | Edition | values Enterprise Edition;Developer Edition,
    default Enterprise Edition
NamespacePrefix | string 15 | n | Namespace Prefix
InstanceName | string 5 | n | Instance Name
IsSandbox | boolean | d | Is Sandbox
WebToCaseDefaultOrigin | string 40 | un | Web to Cases Default Origin
MonthlyPageViewsUsed | int 9 | n | Monthly Page Views Used
MonthlyPageViewsEntitlement | int 9 | n | Monthly Page Views Allowed
IsReadOnly | boolean | d | Is Read Only
"""
