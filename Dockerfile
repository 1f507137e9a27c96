# One image for the web server, the worker, the beat and the migrations; docker-compose.yml says which command each runs.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# git and ssh, for repositories that are imported or written
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-client && rm -rf /var/lib/apt/lists/*

COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt

COPY . .
# Keys for this step alone: they sign nothing and are not in the image's environment.
RUN SECRET_KEY=only-for-collecting-the-static-files SEAL_KEY=only-for-collecting-the-static-files \
    python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf var/broker \
    && useradd --system --uid 10001 --no-create-home stageward \
    && install --directory --owner 10001 /var/lib/stageward

USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "config.healthcheck", "8000"]
CMD ["gunicorn", "-c", "python:config.gunicorn", "--bind", "0.0.0.0:8000", "config.wsgi"]
