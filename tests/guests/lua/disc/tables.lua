-- SPDX-License-Identifier: BSD-3-Clause
-- Tables: arrays, sorting, moving, the length operator, next.
local check = ...

local list = {}
for i = 1, 20 do
    list[i] = (i * 7919) % 101
end
table.sort(list)
print(table.concat(list, " "))
table.sort(list, function(a, b) return a > b end)
print(table.concat(list, " "))
table.insert(list, 1, "first")
table.insert(list, "last")
print(table.remove(list, 1), table.remove(list), #list)
print(table.unpack({ 1, 2, 3 }, 2), select(-1, 1, 2, 3), table.pack(1, nil, 3).n)
print(table.concat(table.move({ 1, 2, 3 }, 1, 3, 3, { 9, 9 }), ","))

local people = { { "Ada", 36 }, { "Grace", 85 }, { "Alan", 41 }, { "Edsger", 72 }, { "Donald", 86 } }
table.sort(people, function(a, b) return a[2] < b[2] end)
for i, person in ipairs(people) do
    io.write(i, "=", person[1], " ")
end
print()

local sum, count, keys = 0, 0, {}
local map = {}
for i = 1, 1000 do
    map["k" .. i] = i
end
for i = 1, 1000, 3 do
    map["k" .. i] = nil
end
for key, value in pairs(map) do
    sum, count = sum + value, count + 1
    keys[#keys + 1] = key
end
table.sort(keys)
print(sum, count, keys[1], keys[#keys])
local grid = setmetatable({}, { __index = function(t, k) local row = {} t[k] = row return row end })
grid[3][4] = "here"
print(grid[3][4], #grid, rawlen({ 1, 2, 3 }), rawequal(grid, grid), next({}))
check("float keys", ({ [1.0] = "x" })[1] == "x" and ({ [2 ^ 53] = 1 })[2 ^ 53] == 1)
