"""How the local Encord bears many label rows and many clients."""
