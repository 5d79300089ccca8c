"""Pictures of results, drawn by matplotlib, which is imported when a picture is asked for."""
