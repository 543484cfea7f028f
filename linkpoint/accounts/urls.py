from django.urls import path

from linkpoint.accounts import launch
from linkpoint.accounts.connect import views_frame, views_window
from linkpoint.accounts.health import healthz

urlpatterns = [
    path("canvas/", launch.canvas, name="canvas"),
    path("canvas/session/", launch.session_refresh, name="session_refresh"),
    # In the frame
    path("connect/", views_frame.connections, name="connections"),
    path("connect/salesforce/", views_frame.start, {"service": "salesforce"}, "connect_salesforce"),
    path("connect/outlook/", views_frame.start, {"service": "outlook"}, "connect_outlook"),
    path("connect/<slug:service>/card/", views_frame.card, name="connection_card"),
    path("connect/<slug:service>/check/", views_frame.check, name="connection_check"),
    path(
        "connect/<slug:service>/disconnect/", views_frame.disconnect, name="connection_disconnect"
    ),
    # In a window of its own
    path("connect/begin/<str:ticket>/", views_window.begin, name="connect_begin"),
    path("connect/approve/", views_window.approve, name="approve"),
    path("connect/confirm/", views_window.confirm, name="connect_confirm"),
    path("connect/cancel/", views_window.cancel, name="connect_cancel"),
    path("connect/<slug:service>/callback/", views_window.callback, name="connect_callback"),
    path("healthz", healthz, name="healthz"),
]
