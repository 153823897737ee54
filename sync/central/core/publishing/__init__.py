"""What is published to stations: documents, their files, and how they are pulled."""
