"""What finds work and launches it: the job, the sensor for new images and the schedule for what is missing."""
