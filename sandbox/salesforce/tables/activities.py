"""Fields of Event.  The notation is explained in schema.py; the columns every object has are added there."""

EVENT = """
WhoId | reference | cunp | Name ID | to Contact;Lead as Who, named
WhatId | reference | cunp | Related To ID | to Account;Case;Opportunity as What, named
Subject | combobox 255 | cunN | Subject | values Call;Email;Meeting;Send Letter/Quote;Other
Location | string 255 | cunp | Location
IsAllDayEvent | boolean | cudp | All-Day Event
ActivityDateTime | datetime | cun | Due Date Time
ActivityDate | date | cun-A | Due Date Only
DurationInMinutes | int 8 | cun | Duration
StartDateTime | datetime | cun | Start Date Time
EndDateTime | datetime | cun | End Date Time
EndDate | date | n | End Date
Description | textarea 32000 | cunp | Description | info plaintextarea
AccountId | reference | n | Account ID | to Account as Account
OwnerId | reference | cud | Assigned To ID | to Calendar;User as Owner, named
IsPrivate | boolean | cud | Private
ShowAs | picklist 40 | cundr | Show Time As | values Busy;OutOfOffice=Out of Office;Free,
    default Busy
IsChild | boolean | d | Is Child
IsGroupEvent | boolean | d | Is Group Event
GroupEventType | picklist 40 | ndr | Group Event Type | values 0=Non-group Event;1=Group
    Event;2=Proposed Event;3=IsRecurrence2 Series Pattern, default 0
IsArchived | boolean | d | Archived
RecurrenceActivityId | reference | n | Recurrence Activity ID | to Event
IsRecurrence | boolean | cd | Create Recurring Series of Events
RecurrenceStartDateTime | datetime | cun | Recurrence Start
RecurrenceEndDateOnly | date | cun | Recurrence End
RecurrenceTimeZoneSidKey | picklist 40 | cunr | Recurrence Time Zone | values @zones
RecurrenceType | picklist 40 | cunr | Recurrence Type | values RecursDaily=Recurs
    Daily;RecursEveryWeekday=Recurs Every Weekday;RecursMonthly=Recurs
    Monthly;RecursMonthlyNth=Recurs Monthly Nth;RecursWeekly=Recurs Weekly;RecursYearly=Recurs
    Yearly;RecursYearlyNth=Recurs Yearly Nth
RecurrenceInterval | int 9 | cun | Recurrence Interval
RecurrenceDayOfWeekMask | int 9 | cun | Recurrence Day of Week Mask
RecurrenceDayOfMonth | int 9 | cun | Recurrence Day of Month
RecurrenceInstance | picklist 40 | cunr | Recurrence Instance | values
    First=1st;Second=2nd;Third=3rd;Fourth=4th;Last=last
RecurrenceMonthOfYear | picklist 40 | cunr | Recurrence Month of Year | values
    January;February;March;April;May;June;July;August;September;October;November;December
ReminderDateTime | datetime | cun | Reminder Date/Time
IsReminderSet | boolean | cud | Reminder Set
EventSubtype | picklist 40 | cnr | Event Subtype | values Event
IsRecurrence2Exclusion | boolean | d | Historical Event, Not Following Recurrence
Recurrence2PatternText | textarea 512 | cn | Recurrence Pattern | info plaintextarea
Recurrence2PatternVersion | picklist 40 | nr | Pattern Version | values 1=RFC 5545 v4
    RRULE;2=RFC 5545 v4_2 RRULE
IsRecurrence2 | boolean | d | Repeat
IsRecurrence2Exception | boolean | d | Is Exception
Recurrence2PatternStartDate | datetime | n | Recurrence Pattern Start Date
Recurrence2PatternTimeZone | string 255 | n | Recurrence Pattern Time Zone Reference
"""

EVENTRELATION = """
RelationId | reference | cu | Relation ID | to Calendar;Contact;Lead;User as Relation, named
EventId | reference | c | Event ID | to Event as Event
Status | picklist 40 | cundr | Status | values New;Declined;Accepted;Uninvited;Maybe
RespondedDate | datetime | cun | Response Date
Response | string 255 | cun | Response
"""

KEY_FIELD = "LinkPoint_Key__c | string 80 | cunpiUEV | LinkPoint Key"
"""The product's external id on Activity: Text(80), unique, case-sensitive (contract section 1.6)."""
