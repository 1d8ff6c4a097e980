#!/bin/bash

prepare

finish
