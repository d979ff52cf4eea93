-- SPDX-License-Identifier: BSD-3-Clause
-- Files: reading the disc in every mode; what is not there.
local check = ...

local file = assert(io.open("poem.txt", "rb"))
print(file:seek("end"), file:seek("set", 0))
for text in file:lines() do
    io.write("[", text, "]")
end
print()
print(file:read("l"), file:read(0), file:close(), io.type(file))

for text, a, b in io.lines("poem.txt", "L", 4, 1) do
    io.write(#text, a and a:gsub("\n", "/") or "nil", b and b:gsub("\n", "/") or "nil", " ")
end
print()

file = assert(io.open("numbers.txt"))
local sum, count = 0, 0
while true do
    local n = file:read("n")
    if not n then break end
    sum, count = sum + n, count + 1
end
file:close()
print(sum, count)

file = assert(io.open("poem.txt", "rb"))
local all = file:read("a")
file:seek("set", 10)
local middle = file:read(12)
file:seek("cur", -6)
local again = file:read(6)
file:seek("end", -5)
local last = file:read(100)
print(#all, middle, again, (last:gsub("\n", "/")), file:read("a"), file:read(1))
file:setvbuf("no")
file:seek("set")
print(file:read("l", "l"))
file:close()

print(io.open("missing.txt"))
print(pcall(io.lines, "missing.txt"))
print(io.type(io.stdout), io.type(42))
print(pcall(file.read, file))
check("whole", all:sub(11, 22) == middle and middle:sub(7) == again)
