"""The container engine's API on its unix socket."""
import http.client
import io
import json
import socket
import tarfile
import urllib.parse


class EngineError(Exception):
    def __init__(self, status, message):
        super().__init__('%s: %s' % (status, message))
        self.status = status


class _Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('engine', timeout=120)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Engine:
    def __init__(self, path):
        self._path = path

    def request(self, method, path, body=None, query=None, raw=None):
        """Gives the answer's JSON, None where it has none."""
        if query:
            path += '?' + urllib.parse.urlencode(query)
        headers, data = {}, None
        if raw is not None:
            headers, data = {'Content-Type': 'application/x-tar'}, raw
        elif body is not None:
            headers, data = {'Content-Type': 'application/json'}, json.dumps(body)
        connection = _Connection(self._path)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise EngineError(answer.status, text.decode(errors='replace').strip())
        return json.loads(text) if text else None

    def _unless(self, status, *args, **kwargs):
        try:
            return self.request(*args, **kwargs)
        except EngineError as error:
            if error.status != status:
                raise
            return None

    def containers(self, label, running_only=False):
        filters = json.dumps({'label': [label]})
        return self.request('GET', '/containers/json', query={'all': 'false' if running_only else 'true', 'filters': filters})

    def inspect(self, name):
        return self._unless(404, 'GET', '/containers/%s/json' % name)

    def create(self, name, settings):
        return self.request('POST', '/containers/create', settings, {'name': name})['Id']

    def put_files(self, container, folder, files):
        """Puts files, bytes by relative path, below a folder that is there."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode='w') as archive:
            for path, content in files:
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), 0o600
                archive.addfile(entry, io.BytesIO(content))
        self.request('PUT', '/containers/%s/archive' % container, query={'path': folder}, raw=buffer.getvalue())

    def start(self, name):
        self.request('POST', '/containers/%s/start' % name)

    def stop(self, name, seconds):
        self.request('POST', '/containers/%s/stop' % name, query={'t': seconds})

    def restart(self, name, seconds):
        self.request('POST', '/containers/%s/restart' % name, query={'t': seconds})

    def remove(self, name):
        try:
            self._unless(404, 'DELETE', '/containers/%s' % name, query={'force': 'true', 'v': 'true'})
        except EngineError as error:
            if error.status != 409:     # somebody else removes it already
                raise

    def ensure_volume(self, name, labels):
        self.request('POST', '/volumes/create', {'Name': name, 'Labels': labels})

    def remove_volume(self, name):
        self._unless(404, 'DELETE', '/volumes/%s' % name, query={'force': 'true'})

    def volumes(self, label):
        filters = json.dumps({'label': [label]})
        return self.request('GET', '/volumes', query={'filters': filters})['Volumes'] or []

    def network(self, name):
        return self._unless(404, 'GET', '/networks/%s' % name)

    def create_network(self, settings):
        self.request('POST', '/networks/create', settings)

    def remove_network(self, name):
        self._unless(404, 'DELETE', '/networks/%s' % name)
