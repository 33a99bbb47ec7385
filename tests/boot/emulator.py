# SPDX-License-Identifier: MIT
"""One run of a program that emulates a machine: its files, its output, its end."""

import contextlib
import os
import re
import shlex
import subprocess
import time

POLL_SECONDS = 0.1


class Emulator:
	"""
	Runs `command`. Its files are in `folder`: `command` itself, and a log for each channel that there is: serial, debugcon, and whatever
	else the emulator has. The channel `messages` names is what the emulator says of itself.
	"""

	messages = 'messages'

	def __init__(self, folder, command, channels):
		self.folder = folder
		self.command = command
		self.channels = (*channels, self.messages)
		self.status = None   # exit status; None: it was stopped
		self.ended = None    # 'exit', 'until' or 'timeout'
		self.seconds = 0
		self.process = None

	def path(self, name):
		return os.path.join(self.folder, name)

	def text(self, channel):
		"""What came so far on a channel."""
		try:
			with open(self.path(channel + '.log'), 'rb') as file:
				return file.read().decode('utf-8', 'replace').replace('\r', '')
		except FileNotFoundError:
			return ''

	def seen(self, channel, pattern):
		return re.search(pattern, self.text(channel), re.MULTILINE)

	@contextlib.contextmanager
	def started(self, more=(), stdin=subprocess.DEVNULL, stdout=None, **options):
		"""Starts the command with `more` words behind it, and sees to its end. What it prints is its messages, or goes to `stdout`."""
		os.makedirs(self.folder, exist_ok=True)
		for name in self.channels:
			open(self.path(name + '.log'), 'wb').close()
		with open(self.path('command'), 'w', encoding='utf-8') as file:
			file.write(shlex.join(self.command) + '\n')
		start = time.monotonic()
		with open(self.path(self.messages + '.log'), 'wb') as messages:
			self.process = subprocess.Popen([*self.command, *more], stdin=stdin, stdout=stdout or messages, stderr=messages, **options)
		try:
			yield
		finally:
			self.seconds = time.monotonic() - start
			if self.process.poll() is None:
				self.process.kill()
			self.process.wait()
			for pipe in (self.process.stdin, self.process.stdout):
				if pipe:
					with contextlib.suppress(BrokenPipeError): # a command that was not waited for
						pipe.close()

	def wait(self, timeout, until, watched=()):
		"""Until the emulator exits, `until` = (channel, regex) is seen, or `timeout` seconds have passed. `watched`: called all the while."""
		deadline = time.monotonic() + timeout
		while True:
			status = self.process.poll()
			for read in watched if status is None else ():
				read()
			if until and self.seen(*until):
				self.ended = 'until'
			elif status is not None:
				self.ended = 'exit'
			elif time.monotonic() > deadline:
				self.ended = 'timeout'
			if self.ended:
				self.status = status
				return
			time.sleep(POLL_SECONDS)
