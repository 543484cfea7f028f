from django.urls import path

from sync.web import asking, assist, calendar, notifications, sidepanel

urlpatterns = [
    path("hooks/outlook/", notifications.outlook_hook, name="outlook_hook"),
    path("app/calendar/", calendar.calendar, name="calendar"),
    path("app/calendar/changes/", calendar.changes, name="calendar_changes"),
    path("app/calendar/days/<str:day>/", sidepanel.day, name="calendar_day"),
    path("app/calendar/events/<int:pk>/", sidepanel.event, name="calendar_event"),
    path("app/calendar/events/<int:pk>/card/", asking.card, name="calendar_card"),
    path("app/calendar/events/<int:pk>/record/", asking.record, name="calendar_record"),
    path("app/calendar/links/<uuid:link_id>/", sidepanel.link, name="calendar_link"),
    path("app/calendar/links/<uuid:link_id>/decide/", asking.decide, name="calendar_decide"),
    path("app/welcomed/", asking.welcomed, name="welcomed"),
    path("app/calendar/read/", asking.read, name="calendar_read"),
    path("app/pause/", asking.pause, name="pause"),
    path("app/assist/", assist.assist, name="assist"),
]
