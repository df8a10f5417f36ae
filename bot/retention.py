"""How long each thing is kept: the one table. `docs/privacy.md` shows the same, and a test compares them."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

UPDATE_KEPT = timedelta(days=14)  # Telegram keeps updates for 24 hours and may restart their numbers after a week
AWAITING_KEPT = timedelta(hours=24)
OUTGOING_KEPT = timedelta(hours=24)
NEWS_KEPT = timedelta(days=14)  # that something became of a request
PERSON_KEPT = relativedelta(
    years=2
)  # CNIL, référentiel social et médico-social (March 2021): 2 years after last contact
STOPPED_KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=90)  # after the check-in is closed
DRAFT_KEPT = timedelta(hours=24)  # a request that was not confirmed
LETTER_KEPT = timedelta(days=30)  # after it was posted
BACKUP_KEPT = timedelta(days=30)
ERASURE_KEPT = BACKUP_KEPT + timedelta(days=10)  # longer than any backup it must be replayed on
PURGE_EVERY = timedelta(hours=26)  # later than this after the last one, something is wrong

# For readers: rule → (what, how long). The names are those of `models.py`.
RULES = {
    "update": ("Numéro technique d'un message déjà traité", "14 jours"),
    "awaiting": ("La question à laquelle on attend une réponse", "24 heures, puis la nuit qui suit"),
    "outgoing": (
        "Réponse qui reste à envoyer, chiffrée",
        "effacée dès l'envoi ; sinon après 24 heures (14 jours pour la nouvelle d'une demande), la nuit qui suit",
    ),
    "person": (
        "Compte Telegram, langue, tranche d'âge, mois de naissance s'il est donné, situation, date de départ, "
        "départements, ville",
        "2 ans au plus après le dernier message de la personne ; 30 jours après un stop ou un blocage",
    ),
    "contact": (
        "Prénom, téléphone, e-mail, façon d'être contacté",
        "comme la personne, ou dès qu'elle les enlève",
    ),
    "planned": (
        "Messages prévus et envoyés en premier : la règle, le jour, jamais le texte",
        "comme la personne",
    ),
    "check_in": (
        "Réponses au point des six mois, en cases cochées",
        "90 jours après la fin du point, la nuit qui suit",
    ),
    "referral": (
        "Demandes transmises : à quelle structure, quand, ce qu'elle a répondu (en cases), jamais le contenu",
        "comme la personne ; un brouillon 24 heures, puis la nuit qui suit",
    ),
    "payload": (
        "Lignes d'une demande et lien de sa page, chiffrés",
        "30 jours après l'envoi, ou dès que la demande est retirée ou n'a pas pu partir",
    ),
    "answer": (
        "Réponse de la structure, chiffrée",
        "30 jours après elle, ou jusqu'au jour du rendez-vous s'il est plus loin ; dès que la demande est retirée",
    ),
    "letter": (
        "E-mails aux structures : référence sans signification, boîte de la structure, jamais le contenu",
        "30 jours après l'envoi et tant que la demande a son contenu, la nuit qui suit",
    ),
    "addressee": ("Boîtes des structures confirmées par l'association", "jusqu'à ce que l'association la retire"),
    "consent": ("Preuve de chaque oui et de chaque non", "comme la personne : effacée avec elle"),
    "erasure": ("Registre des effacements et des arrêts, sans rien qui désigne quelqu'un sans la clé", "40 jours"),
    "backup": ("Sauvegardes chiffrées", "30 jours"),
    "key": ("Vérification des clés", "tant que la clé sert"),
    "job": ("Heure de la dernière tâche de nuit", "remplacée chaque nuit"),
}
